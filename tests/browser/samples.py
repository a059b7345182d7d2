"""Files that are sent by a browser."""

import io

from pictures import draw, png, save


def pdf(*texts: str) -> bytes:
    """Return a PDF with a picture of each text on a page."""
    first, *others = [draw(text, (640, 400)) for text in texts]
    file = io.BytesIO()
    first.save(file, "PDF", save_all=True, append_images=others, resolution=72)
    return file.getvalue()


#: Two pictures, and a PDF of two pages.
FILES = {
    "harbour.png": png("HARBOUR LIGHTS"),
    "bridge.jpg": save(draw("BRIDGE TOLL"), "JPEG", quality=95),
    "minutes.pdf": pdf("FIRST MINUTES", "SECOND MINUTES"),
}
