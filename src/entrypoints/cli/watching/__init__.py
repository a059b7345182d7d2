"""``ocrcore watch``: read the files that arrive in a folder."""
