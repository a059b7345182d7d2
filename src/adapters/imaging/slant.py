"""The slant of the lines of a page, from the profile of its ink.

Where rows run along the lines of a text, some have much ink and those between have none, so the sums of rows change
abruptly. A shear of the page that makes them change the most is that which makes the lines level.
"""

import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate, pairwise
from operator import attrgetter
from typing import Final

from PIL import Image, ImageChops, ImageFilter

#: Most degrees that are looked for.
MOST: Final = 12.0
#: The longest side of the page for the two searches, in pixels.
_COARSE, _FINE = 500, 1200
#: Degrees between two tries of each search.
_COARSE_STEP, _FINE_STEP = 1.0, 0.25
#: The share of a page's side by which ink is told from what is around it.
_AROUND: Final = 60
#: Levels between ink and ground that count.
_CONTRAST: Final = 24


@dataclass(frozen=True, slots=True)
class Slant:
    """The slant of lines that run across a page."""

    #: By how many degrees clockwise they are slanted.
    degrees: float
    #: How abruptly the sums of rows change along it, to be compared with that of the page turned by a quarter.
    sharpness: float


def slant_of(page: Image.Image) -> Slant:
    """Return the slant, of at most :data:`MOST` degrees, of the lines that run across a page in mode L."""
    ink = _ink(page, _COARSE)
    steps = round(MOST / _COARSE_STEP)
    rough = _sharpest(ink, [step * _COARSE_STEP for step in range(-steps, steps + 1)])
    around = round(_COARSE_STEP / _FINE_STEP)
    fine = [rough.degrees + step * _FINE_STEP for step in range(-around, around + 1)]
    return _sharpest(_ink(page, _FINE), fine)


def busiest(page: Image.Image, height: int) -> Image.Image:
    """Return the part of a page in mode L, of its width and this height, that has the most ink."""
    if page.height <= height:
        return page
    ink = _ink(page, _COARSE)
    sums = [0.0, *accumulate(_row_sums(ink))]
    scale = page.height / ink.height
    rows = min(ink.height, max(1, round(height / scale)))
    first = max(range(ink.height - rows + 1), key=lambda row: sums[row + rows] - sums[row])
    top = min(round(first * scale), page.height - height)
    return page.crop((0, top, page.width, top + height))


def levelled(page: Image.Image, degrees: float) -> Image.Image:
    """Return a page with lines that are slanted clockwise by so much made level, in a larger picture of its ground."""
    if not degrees:
        return page
    histogram = page.histogram()
    ground = histogram.index(max(histogram))
    return page.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=ground)


def _ink(page: Image.Image, side: int) -> Image.Image:
    """Return a small picture of what differs from its surroundings."""
    small = page.reduce(max(1, round(max(page.size) / side)))
    around = small.filter(ImageFilter.BoxBlur(max(2, max(small.size) // _AROUND)))
    return ImageChops.difference(small, around).point(lambda level: 255 if level >= _CONTRAST else 0)


def _sharpest(ink: Image.Image, slants: Iterable[float]) -> Slant:
    """Return the slant that is the sharpest; of several, the least."""
    found = (Slant(degrees, _sharpness(ink, degrees)) for degrees in sorted(slants, key=abs))
    return max(found, key=attrgetter("sharpness"))


def _sharpness(ink: Image.Image, degrees: float) -> float:
    """Return the mean square of the differences between sums of neighbouring rows, sheared by these degrees."""
    width, height = ink.size
    fall = math.tan(math.radians(degrees))
    rise = math.ceil(width * abs(fall))
    shift = min(0.0, width * fall)
    sheared = ink.transform((width, height + rise), Image.Transform.AFFINE, (1, 0, 0, fall, 1, shift))
    sums = _row_sums(sheared)
    return sum((one - other) ** 2 for one, other in pairwise(sums)) / len(sums)


def _row_sums(ink: Image.Image) -> list[float]:
    """Return the mean level of each row."""
    column = ink.convert("F").resize((1, ink.height), Image.Resampling.BOX)
    return list(struct.unpack(f"={ink.height}f", column.tobytes()))
