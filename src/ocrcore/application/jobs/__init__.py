"""The client's use cases: submit, read, change and delete jobs of one owner."""
