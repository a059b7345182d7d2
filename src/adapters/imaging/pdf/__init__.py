"""PDF: counted and rendered by PDFium, and looked at by qpdf beside it for what is odd. For walled processes only."""
