"""Pages turned by quarters."""

from typing import Final

from PIL import Image

#: Degrees clockwise -> Pillow's name of the turn, which goes the other way round.
_TURNS: Final = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}


def turned(page: Image.Image, degrees: int) -> Image.Image:
    """Return a page turned clockwise by 0, 90, 180 or 270 degrees."""
    return page.transpose(_TURNS[degrees]) if degrees else page
