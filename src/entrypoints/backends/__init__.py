"""The backends: where rows, documents, messages and the audit log are kept. A module for each."""
