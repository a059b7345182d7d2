"""The part of a page of a PDF that is shown, and how it is turned, as viewers take what its entries say."""

from typing import Final

from pikepdf import Object, Page

Box = tuple[float, float, float, float]

_LETTER: Final = (0.0, 0.0, 612.0, 792.0)
_QUARTER: Final = 90


def turn_of(page: Page) -> int:
    """Return by how many degrees a page is shown turned; 0 for what is no number, as viewers do."""
    try:
        return int(int(page.obj.get("/Rotate", 0)) / _QUARTER) % 4 * _QUARTER
    except (TypeError, ValueError):
        return 0


def shown_box(page: Page) -> Box:
    """Return the part of a page that viewers show, its lower left corner first."""
    media = _box(page.obj.get("/MediaBox")) or _LETTER
    crop = _box(page.obj.get("/CropBox"))
    if crop is None:
        return media
    both = max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3])
    return both if both[0] < both[2] and both[1] < both[3] else media


def shown_size(page: Page) -> tuple[float, float]:
    """Return the width and height of a page as it is shown, in its own unit."""
    left, bottom, right, top = shown_box(page)
    size = right - left, top - bottom
    return size[::-1] if turn_of(page) % 180 else size


def _box(box: Object | None) -> Box | None:
    """Return a box of a page, or None if there is none, or it is empty."""
    try:
        left, bottom, right, top = (float(side) for side in box or ())
    except (TypeError, ValueError):
        return None
    if left == right or bottom == top:
        return None
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)
