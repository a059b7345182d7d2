"""The resolution of a picture, as its file says. For processes that may be lost."""

import io
import math
from typing import Final

from PIL import Image

from adapters.imaging.essence import essence_of
from adapters.imaging.headers.reading import read_header

#: What is outside of these was not meant, such as the 1 of programs that know none.
_LEAST, _MOST = 50.0, 2400.0
#: The first of the orientations that turn a picture on its side.
_ON_ITS_SIDE: Final = 5


def resolution_of(content: bytes, number: int) -> tuple[float, float] | None:
    """Return the dots per inch of a page, across and down when it is upright; None if the file does not say."""
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if number > 1:
                picture.seek(number - 1)
            across, down = map(float, picture.info["dpi"])
        header = read_header(io.BytesIO(content))
        turned = header is not None and essence_of(content, header, number).orientation >= _ON_ITS_SIDE
    except Exception:  # noqa: BLE001 - a damaged file causes all kinds of errors, and most files do not say
        return None
    if not all(math.isfinite(value) and _LEAST <= value <= _MOST for value in (across, down)):
        return None
    return (down, across) if turned else (across, down)
