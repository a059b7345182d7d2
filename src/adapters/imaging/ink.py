"""Ink: a cheap look at whether anything is on a page."""

from typing import Final

from PIL import Image, ImageChops, ImageFilter

#: The longest side of the page for this look, in pixels.
_SIDE: Final = 400
#: Levels by which ink differs from the ground around it.
_CONTRAST: Final = 30
#: Strokes are narrower than this, in pixels of the small page. Odd.
_WIDEST: Final = 15
#: Pixels of ink on the small page, so many that they are no dust.
_LEAST: Final = 24


def has_ink(page: Image.Image) -> bool:
    """Return whether a page in mode L has strokes on it, of letters or of anything else, dark or light.

    A stroke has the same ground on both of its sides, so shadows, folds and the edges of areas do not count.
    """
    small = page.reduce(max(1, max(page.size) // _SIDE))
    if min(small.size) <= _WIDEST:
        return False
    widest, narrowest = ImageFilter.MaxFilter(_WIDEST), ImageFilter.MinFilter(_WIDEST)
    without_dark, without_light = small.filter(widest).filter(narrowest), small.filter(narrowest).filter(widest)
    return any(
        sum(ImageChops.difference(small, ground).histogram()[_CONTRAST:]) >= _LEAST
        for ground in (without_dark, without_light)
    )
