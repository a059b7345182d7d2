"""Pages as PNG, which every browser shows."""

import io
from typing import Final

from adapters.file_source import FileSource
from adapters.imaging.reading import coloured_page

#: The fastest compression: a higher level makes a page slightly smaller and takes several times as long.
_EFFORT: Final = 1


def render_page(source: FileSource, page: int, max_pixels: int) -> bytes:
    """Return a page of a file, counted from 1, as PNG. For processes that may be lost, as :func:`coloured_page`.

    Raises as :func:`coloured_page` does.
    """
    picture = coloured_page(source, page, max_pixels).picture
    picture.info.clear()  # the colour profile and metadata of the original
    file = io.BytesIO()
    picture.save(file, "PNG", compress_level=_EFFORT)
    return file.getvalue()
