"""Pages as PNG, which every browser shows."""

import io
from typing import Final

from PIL import Image

from adapters.file_source import FileSource
from adapters.imaging.reading import coloured_page

#: The fastest compression: a higher level makes a page slightly smaller and takes several times as long.
_EFFORT: Final = 1
#: A larger picture is first made smaller fast, to this many times its size.
_GAP: Final = 2.0


def render_page(source: FileSource, page: int, max_pixels: int, width: int | None = None) -> bytes:
    """Return a page of a file, counted from 1, as PNG, at most ``width`` pixels wide.

    For processes that may be lost, as :func:`coloured_page`. Raises as that does.
    """
    picture = coloured_page(source, page, max_pixels).picture
    if width is not None and width < picture.width:
        size = width, max(1, round(picture.height * width / picture.width))
        picture = picture.resize(
            size, Image.Resampling.BOX if size[1] == 1 else Image.Resampling.LANCZOS, reducing_gap=_GAP
        )
    picture.info.clear()  # the colour profile and metadata of the original
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=_EFFORT)
    return file.getvalue()
