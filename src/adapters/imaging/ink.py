"""Ink: a cheap look at whether anything is on a page."""

from typing import Final

from PIL import Image, ImageChops, ImageFilter

from adapters.imaging.ranks import without_dark_strokes, without_light_strokes

#: The longest sides of the page for the two looks, in pixels: for large letters, and for small ones.
LOOKS: Final = (400, 1250)
#: The same for the second look at a small picture: it may be that of a single letter with wide strokes.
_CROP: Final = 100
#: Levels by which ink differs from the ground around it.
CONTRAST: Final = 30
#: Strokes are narrower than this, in pixels of the small page. Odd.
WIDEST: Final = 15
#: The level that stands for no difference.
_MIDDLE: Final = 128
#: Pixels of ink on the small page, so many that they are no dust; finer dust has more of them.
LEAST, LEAST_FINE = 24, 72


def has_ink(page: Image.Image) -> bool:
    """Return whether a page in mode L has strokes on it, of letters or of anything else, dark or light.

    A stroke has the same ground on both of its sides, so shadows, folds and the edges of areas do not count.
    """
    coarse, fine = LOOKS
    if _has_strokes(page, coarse, LEAST):
        return True
    if max(page.size) > coarse:
        return _has_strokes(page, fine, LEAST_FINE)
    return _has_strokes(page, _CROP, LEAST)


def is_light_on_dark(page: Image.Image) -> bool:
    """Return whether what is written on a page in mode L is lighter than the ground around it.

    Letters take less of a page than the ground between them, so they differ more from the mean of their surroundings,
    and differences to the third power are those of letters. Those on both sides of an edge make up for each other.
    """
    small = page.reduce(max(1, max(page.size) // LOOKS[-1]))
    differences = ImageChops.subtract(small, small.filter(ImageFilter.BoxBlur(WIDEST)), 2, _MIDDLE).histogram()
    return sum(count * (level - _MIDDLE) ** 3 for level, count in enumerate(differences)) > 0


def _has_strokes(page: Image.Image, side: int, least: int) -> bool:
    small = page.reduce(max(1, max(page.size) // side))
    if not _differs_from_its_surroundings(small, least):
        return False
    without_dark, without_light = without_dark_strokes(small, WIDEST), without_light_strokes(small, WIDEST)
    return any(
        sum(ImageChops.difference(small, ground).histogram()[CONTRAST:]) >= least
        for ground in (without_dark, without_light)
    )


def _differs_from_its_surroundings(page: Image.Image, least: int) -> bool:
    """Return whether a closer look is worth its time."""
    surroundings = page.filter(ImageFilter.BoxBlur(WIDEST // 2))
    return sum(ImageChops.difference(page, surroundings).histogram()[CONTRAST // 2 :]) >= least
