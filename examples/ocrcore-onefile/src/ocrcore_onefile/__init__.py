"""A part and an engine for ocrcore, as an example: documents in one SQLite file, and a reader of Code 39 barcodes."""
