"""Finding lines of text: the model gives each pixel a probability, whose regions become boxes at any angle.

The steps and their constants are those of *Real-time Scene Text Detection with Differentiable Binarization* (Liao et
al., 2020) as PaddleOCR has them; a box is widened by a formula instead of by a library for polygons.
"""

import math
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from adapters.engines.geometry import Point, Quad
from adapters.ppocr.runtime import Floats, Pixels, Run, as_input

#: The shorter side of a page is reduced to this length, or to the greater one on pages with many small letters.
_SHORT_SIDE: Final = 640
_LARGE_SHORT_SIDE: Final = 1280
_LARGE_FROM: Final = 1600
#: Most pixels for the model, whose memory grows with the number.
_MOST_PIXELS: Final = 4_000_000
#: Most pixels that the model sees at once. It takes about 100 bytes for each, which makes the peak of a child's memory.
#: Receipts and most pages up to A4 at 150 dots per inch have fewer, so they are seen as a whole.
_MOST_AT_ONCE: Final = 1_400_000
#: How many pixels of a page two parts have in common: the model looks around a pixel to tell whether it is text.
_OVERLAP: Final = 128
#: The sides of what the model sees are multiples of this.
_STEP: Final = 64
_LEAST_PROBABILITY: Final = 0.3
_LEAST_MEAN: Final = 0.5
#: How much a box is widened: the model marks the core of a line, and smaller values lose letters at its ends.
_WIDENING: Final = 2.0
#: Shortest side of a region, in pixels of the model.
_LEAST_SIDE: Final = 3


class Detector:
    """Finds the lines of a page."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def find(self, page: Pixels) -> list[Quad]:
        """Return the lines of a page, in no order, in its own pixels."""
        height, width = page.shape
        size = _size(width, height)
        small = cv2.resize(page, size, interpolation=cv2.INTER_AREA)
        probable = self._probable(np.asarray(small, np.uint8))
        scale = width / size[0], height / size[1]
        return [_scaled(box, scale) for box in _boxes(probable)]

    def _probable(self, page: Pixels) -> Floats:
        """Return how probable each pixel is to be text. A large page is seen in parts, one after the other."""
        height, width = page.shape
        if width > height:
            return np.ascontiguousarray(self._from_parts(page.T, lambda part: self._seen(part.T).T).T)
        return self._from_parts(page, self._seen)

    def _from_parts(self, page: Pixels, see: Callable[[Pixels], Floats]) -> Floats:
        """Return what is seen of a page that is cut across its longer side, the first one of the array."""
        height, width = page.shape
        parts = parts_of(height, width)
        if len(parts) == 1:
            return see(page)
        probable = np.empty(page.shape, np.float32)
        ends = [(this.stop + after.start) // 2 for this, after in pairwise(parts)]
        for part, start, end in zip(parts, [0, *ends], [*ends, height], strict=True):
            seen = see(page[part.start : part.stop])
            probable[start:end] = seen[start - part.start : end - part.start]
        return probable

    def _seen(self, page: Pixels) -> Floats:
        probable: Floats = self._run(as_input(page)[None, None])[0, 0]
        return probable


def parts_of(height: int, width: int) -> list[range]:
    """Return the rows of each part that the model sees at once of a page of this size: all of one height.

    Two neighbours overlap, and what each sees is taken up to the middle of that.
    """
    most = max(_MOST_AT_ONCE // width // _STEP * _STEP, 2 * _OVERLAP)
    if height <= most:
        return [range(height)]
    number = -(-(height - _OVERLAP) // (most - _OVERLAP))
    length = -(-(height + (number - 1) * _OVERLAP) // number // _STEP) * _STEP
    last = height - length
    return [range(start, start + length) for start in (last * place // (number - 1) for place in range(number))]


def _size(width: int, height: int) -> tuple[int, int]:
    """Return the width and height of what the model sees of a page."""
    short = min(width, height)
    times = min(1.0, (_LARGE_SHORT_SIDE if short > _LARGE_FROM else _SHORT_SIDE) / short)
    times = min(times, math.sqrt(_MOST_PIXELS / (width * height)))
    return _stepped(width * times), _stepped(height * times)


def _stepped(length: float) -> int:
    return max(_STEP, round(length / _STEP) * _STEP)


def _boxes(probable: Floats) -> Iterator[NDArray[np.float32]]:
    """Yield the corners of each region, widened, in pixels of the model.

    There are at most as many as a page has room for. A page with more of them than can be read ends by its timeout, for
    a text without some of its lines would look like a whole one.
    """
    marked = (probable > _LEAST_PROBABILITY).astype(np.uint8)
    contours, _ = cv2.findContours(marked, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for found in contours:
        contour = np.asarray(found, np.int32)
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < _LEAST_SIDE or _mean(probable, contour) < _LEAST_MEAN:
            continue
        more = 2 * _WIDENING * width * height / (2 * (width + height))
        yield np.asarray(cv2.boxPoints((centre, (width + more, height + more), angle)), np.float32)


def _mean(probable: Floats, contour: NDArray[np.int32]) -> float:
    """Return the mean probability within a contour."""
    x, y, width, height = cv2.boundingRect(contour)
    mask = np.zeros((height, width), np.uint8)
    cv2.drawContours(mask, [contour], -1, 1, cv2.FILLED, offset=(-x, -y))
    return float(cv2.mean(probable[y : y + height, x : x + width], mask)[0])


def _scaled(box: NDArray[np.float32], scale: tuple[float, float]) -> Quad:
    """Return a box in pixels of the page, from the corner at the top left on, clockwise."""
    points: list[Point] = [(float(x) * scale[0], float(y) * scale[1]) for x, y in box]
    left = sorted(points)[:2]
    right = sorted(points)[2:]
    (top_left, bottom_left), (top_right, bottom_right) = (sorted(side, key=lambda at: at[1]) for side in (left, right))
    return top_left, top_right, bottom_right, bottom_left
