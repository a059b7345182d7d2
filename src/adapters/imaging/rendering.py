"""Pages as PNG, which every browser shows."""

import io
from typing import Final

from adapters.imaging.decoding import decode_picture

#: The fastest: more effort makes a page a little smaller and takes several times as long.
_EFFORT: Final = 1


def render_page(source: bytes, page: int, max_pixels: int) -> bytes:
    """Return a page of a file, counted from 1. Raises as :func:`decode_picture` does; for the same processes only."""
    picture = decode_picture(source, page, max_pixels)
    picture.info.clear()  # a colour profile of before, a camera's notes
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=_EFFORT)
    return file.getvalue()
