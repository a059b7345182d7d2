"""From places on a page of a PDF to pixels of its picture. For walled processes only."""

from collections.abc import Sequence
from ctypes import byref, c_int
from math import ceil
from typing import Final

from pypdfium2 import PdfPage, raw

from adapters.imaging.pdf.paragraphs import FloatBox
from ocrcore.domain.layout import Box, turned_box

#: PDFium rounds places to pixels, so it is asked for those of a picture so many times as large.
_FINER: Final = 64


class Places:
    """The places of a page's letters in its picture. PDFium is asked once, and for a finer picture, for it rounds."""

    def __init__(self, page: PdfPage, size: tuple[int, int]) -> None:
        width, height = page.get_size()
        fine = tuple(side * _FINER for side in size)
        reach = max(width, height)

        def at(x: float, y: float) -> tuple[float, float]:
            across, down = c_int(), c_int()
            raw.FPDF_PageToDevice(page, 0, 0, *fine, 0, x, y, byref(across), byref(down))
            return across.value / _FINER, down.value / _FINER

        self._x, self._y = at(0, 0)
        (xx, xy), (yx, yy) = at(reach, 0), at(0, reach)
        self._from_x = (xx - self._x) / reach, (xy - self._y) / reach
        self._from_y = (yx - self._x) / reach, (yy - self._y) / reach

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """Return the pixel, with fractions, of a point of the page's own space."""
        across = self._x + x * self._from_x[0] + y * self._from_y[0]
        return across, self._y + x * self._from_x[1] + y * self._from_y[1]

    def box(self, box: Sequence[float]) -> FloatBox:
        """Return the pixels, with fractions, of a box of the page's own space."""
        left, bottom, right, top = box
        (x0, y0), (x1, y1) = self.pixel(left, bottom), self.pixel(right, top)
        if x0 > x1:
            x0, x1 = x1, x0
        return (x0, y1, x1, y0) if y0 > y1 else (x0, y0, x1, y1)


def turned(box: FloatBox, size: tuple[int, int], rotation: int) -> FloatBox:
    """Return where a box is on a page of this size after the page is turned clockwise."""
    return turned_box(box, size, rotation) if rotation else box  # type: ignore[arg-type] # the same for fractions


def whole(box: FloatBox, size: tuple[int, int], rotation: int) -> Box:
    """Return the pixels of a box, at least one, on the page of this size as it lies. ``box`` is on the turned page."""
    left, top, right, bottom = turned(box, _turned_size(size, rotation), -rotation)
    width, height = size
    x0, y0, x1, y1 = int(left), int(top), ceil(right), ceil(bottom)
    if not (0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height):
        x0, y0 = min(max(x0, 0), width - 1), min(max(y0, 0), height - 1)
        x1, y1 = min(max(x1, x0 + 1), width), min(max(y1, y0 + 1), height)
    return x0, y0, x1, y1


def _turned_size(size: tuple[int, int], rotation: int) -> tuple[int, int]:
    return size[::-1] if rotation % 180 else size
