"""Contrast: how much is seen of a picture, and the channel in which most is seen."""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Final

from PIL import Image, ImageChops, ImageOps, ImageStat

#: Levels between the darkest and the lightest pixels of a picture in which letters are seen well.
ENOUGH: Final = 64
#: Levels of a channel that are more than the noise of paper.
_LEAST: Final = 24
#: The share of pixels at either end of the levels that does not count.
_STRAY: Final = 1e-4
#: Where few pixels are looked at, chance must not pick stray ones: of how many, and which share does not count.
_STEP: Final = 4
_STRAY_OF_SOME: Final = 1e-3
#: How much more must be seen in a channel than in the luminance before it takes its place.
_CLEARLY_MORE: Final = 2.0


def legible_channel(luminance: Image.Image, channels: Callable[[], Sequence[Image.Image]]) -> Image.Image:
    """Return the luminance or, where it has hardly any contrast, the channel that has, stretched to all levels.

    Letters may differ from their ground in colour alone, as orange on a grey of the same luminance.
    """
    if _spread_of_some(luminance) >= ENOUGH or spread(luminance) >= ENOUGH:
        return luminance
    legible = [channel for channel in channels() if spread(channel) >= _LEAST]
    best = max(legible, key=edges, default=luminance)
    if edges(best) <= _CLEARLY_MORE * edges(luminance):
        return luminance
    return ImageOps.autocontrast(best)


def spread(picture: Image.Image) -> int:
    """Return the levels between the darkest and the lightest pixels of a picture in mode L, a few stray ones aside."""
    low, high = bounds(picture.histogram())
    return high - low


def _spread_of_some(picture: Image.Image) -> int:
    """Return the spread of every fourth pixel of every fourth row, which takes a fraction of the time.

    So few pixels may count as stray that more of them would have been among all.
    """
    size = picture.width // _STEP, picture.height // _STEP
    if min(size) == 0:
        return 0
    low, high = bounds(picture.resize(size, Image.Resampling.NEAREST).histogram(), _STRAY_OF_SOME)
    return high - low


def bounds(histogram: Sequence[int], share: float = _STRAY) -> tuple[int, int]:
    """Return the first and the last level of a histogram, a few stray pixels aside."""
    stray = sum(histogram) * share
    return _first(histogram, stray), len(histogram) - 1 - _first(histogram[::-1], stray)


def _first(histogram: Sequence[int], stray: float) -> int:
    """Return the first level that, with those before it, has more pixels than that."""
    return next(level for level, count in enumerate(accumulate(histogram)) if count > stray)


def edges(picture: Image.Image) -> float:
    """Return the mean difference between neighbours of a picture in mode L: what is seen of letters, not of areas."""
    steps = (ImageChops.offset(picture, 1, 0), ImageChops.offset(picture, 0, 1))
    return sum(ImageStat.Stat(ImageChops.difference(picture, step)).mean[0] for step in steps)
