"""The backends, which store rows, documents, messages and the audit log; one module each."""
