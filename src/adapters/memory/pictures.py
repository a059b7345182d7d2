"""The pictures of the fakes: bytes that say what a real picture would show.

=========================  ==========================================================================
``PICTURE:text``           a picture of 8 x 8 pixels with this text
``PICTURE:40x10:text``     the same, announcing another size
``PICTURE:40x10x2:text``   the same, announcing two frames
``PICTURE.tif:text``       the same, of another form than PNG
``PICTURE!code``           a picture whose recognition fails with this item code
``PICTURE!endless``        a picture whose recognition never ends by itself
=========================  ==========================================================================
"""

import re
from dataclasses import dataclass
from typing import Final

_FORM: Final = re.compile(rb"PICTURE(?:\.([a-z]+))?(?::(?:(\d+)x(\d+)(?:x(\d+))?:)?(.*)|!([a-z-]+))", re.DOTALL)

MAX_PIXELS: Final = 50_000_000
MAX_SIDE: Final = 32_767
ENDLESS: Final = "endless"


@dataclass(frozen=True, slots=True)
class Picture:
    """What the bytes say."""

    text: str = ""
    width: int = 8
    height: int = 8
    frames: int = 1
    #: The extension of its form.
    extension: str = "png"
    #: An item code, ``endless``, or nothing.
    fault: str = ""

    @property
    def too_large(self) -> bool:
        """Tell whether it has too many pixels, too long a side, or none."""
        sides = (self.width, self.height)
        return min(sides) < 1 or max(sides) > MAX_SIDE or self.width * self.height > MAX_PIXELS


def parse_picture(content: bytes) -> Picture | None:
    """Return the picture, or None for any other bytes."""
    match = _FORM.fullmatch(content)
    if match is None:
        return None
    extension, width, height, frames, text, fault = match.groups()
    return Picture(
        text=(text or b"").decode(errors="replace"),
        width=int(width or 8),
        height=int(height or 8),
        frames=int(frames or 1),
        extension=(extension or b"png").decode(),
        fault=(fault or b"").decode(),
    )
