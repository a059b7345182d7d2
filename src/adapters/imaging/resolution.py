"""The resolution of a picture, as its file says. For processes that may be lost."""

import io
import math
from typing import Final

from PIL import Image

from adapters.imaging.essence import essence_of
from adapters.imaging.headers.exif import is_on_its_side
from adapters.imaging.headers.reading import read_header

#: What is outside of these was not meant, such as the 1 of programs that know none.
_LEAST, _MOST = 50.0, 2400.0
#: Extension of a kind whose files may say a resolution -> the name of its opener.
_OPENED: Final = {"bmp": "BMP", "jp2": "JPEG2000", "jpg": "JPEG", "png": "PNG", "tif": "TIFF"}
#: Bytes at the start of a file in which the resolution is looked for; of a TIFF the directory of the page is.
_HEAD: Final = 1 << 18


def resolution_of(content: bytes, number: int) -> tuple[float, float] | None:
    """Return the dots per inch of a page, across and down when it is upright; None if the file does not say."""
    try:
        header = read_header(io.BytesIO(content))
        if header is None or header.extension not in _OPENED:
            return None
        essence = essence_of(content, header, number)
        head = io.BytesIO(content[:_HEAD])
        with essence.open() if header.extension == "tif" else Image.open(head, formats=[*_OPENED.values()]) as picture:
            across, down = map(float, picture.info["dpi"])
        turned = is_on_its_side(essence.orientation)
    except Exception:  # noqa: BLE001 - a damaged file causes all kinds of errors, and most files do not say
        return None
    if not all(math.isfinite(value) and _LEAST <= value <= _MOST for value in (across, down)):
        return None
    return (down, across) if turned else (across, down)
