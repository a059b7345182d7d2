"""Writing of PDFs: pages, pictures and a text layer. What opens uploaded files runs in children."""
