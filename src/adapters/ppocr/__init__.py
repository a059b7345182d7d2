"""PaddleOCR's models in a pipeline of our own: find lines, cut them out, read them, put them in order."""
