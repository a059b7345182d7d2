"""The use cases: what the service does, one verb per file, as steps without threads."""
