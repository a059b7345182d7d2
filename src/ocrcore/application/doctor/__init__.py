"""The consistency checks behind ``ocrcore doctor``."""
