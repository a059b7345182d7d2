r"""Files for the in-memory adapters: bytes that describe a picture or a document.

=========================  ==========================================================================
``PICTURE:text``           a picture of 8 x 8 pixels with this text
``PICTURE:40x10:text``     the same, of another size
``PICTURE.tif:text``       the same, of another format than PNG
``DOCUMENT:one\ftwo``      a document of two pages with these texts
``PICTURE@90:text``        a picture that is read only if it is turned clockwise by 90 (or 180, 270) degrees
``PICTURE!code``           a picture whose recognition fails with this item code
``PICTURE!endless``        a picture whose recognition never ends by itself
=========================  ==========================================================================
"""

import re
from dataclasses import dataclass
from typing import Final

_DOCUMENT: Final = b"DOCUMENT:"
_FORM: Final = re.compile(rb"PICTURE(?:\.([a-z]+))?(?:@(90|180|270))?(?::(?:(\d+)x(\d+):)?(.*)|!([a-z-]+))", re.DOTALL)

MAX_PIXELS: Final = 50_000_000
MAX_SIDE: Final = 32_767
ENDLESS: Final = "endless"


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture that the bytes describe."""

    text: str = ""
    width: int = 8
    height: int = 8
    #: Pages of the document; 1 for a picture.
    pages: int = 1
    #: The extension of its format.
    extension: str = "png"
    #: By how many degrees clockwise it must be turned to be read.
    turn: int = 0
    #: An item error code, ``endless``, or empty.
    fault: str = ""

    @property
    def too_large(self) -> bool:
        """Whether it has too many pixels, too long a side, or a side of 0."""
        sides = (self.width, self.height)
        return min(sides) < 1 or max(sides) > MAX_SIDE or self.width * self.height > MAX_PIXELS


def document(*texts: str) -> bytes:
    """Return a file with these pages: a picture for a single page, otherwise a document."""
    if len(texts) == 1:
        return b"PICTURE:" + texts[0].encode()
    return _DOCUMENT + "\f".join(texts).encode()


def parse_picture(content: bytes, page: int = 1) -> Picture | None:
    """Return the picture, or a page of a document, counted from 1. None for other bytes and missing pages."""
    if content.startswith(_DOCUMENT):
        texts = content.removeprefix(_DOCUMENT).decode(errors="replace").split("\f")
        return Picture(texts[page - 1], pages=len(texts), extension="tif") if page <= len(texts) else None
    if page != 1:
        return None
    match = _FORM.fullmatch(content)
    if match is None:
        return None
    extension, turn, width, height, text, fault = match.groups()
    return Picture(
        text=(text or b"").decode(errors="replace"),
        width=int(width or 8),
        height=int(height or 8),
        extension=(extension or b"png").decode(),
        turn=int(turn or 0),
        fault=(fault or b"").decode(),
    )
