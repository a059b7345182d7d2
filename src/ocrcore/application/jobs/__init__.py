"""The client's use cases: submit, read, change and delete the jobs of one owner."""
