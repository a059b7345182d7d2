"""A line of text as it was cut out of a page, and where it has ink."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.runtime import Pixels

#: The rows of a line that are looked at: its borders may have ink of other lines.
_ROWS: Final = slice(HEIGHT // 5, HEIGHT * 4 // 5)
#: The shares of the pixels that are darker than paper and than ink, and the least distance of these two greys. Of light
#: letters on dark, paper is dark and ink is light.
_PAPER, _INK, _LEAST_CONTRAST = 0.85, 0.03, 25
#: How far from paper to ink a pixel has ink.
_THRESHOLD: Final = 0.35
_GREYS: Final = 256
#: Paper takes more than this share of a line.
_MOST: Final = 0.5


@dataclass(frozen=True, eq=False)
class TextLine:
    """A line, of height 48. Models, gaps and places of letters all look at its ink, which is found once."""

    pixels: Pixels

    @property
    def width(self) -> int:
        """Its width in pixels."""
        return len(self.pixels[0])

    @cached_property
    def gaps(self) -> Sequence[range]:
        """The runs of columns of pixels without ink, from left to right; none if the line is of one grey."""
        edges = np.flatnonzero(np.diff(self._free.view(np.int8), prepend=0, append=0)).tolist()
        return [range(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True)]

    def part(self, start: int, end: int) -> "TextLine":
        """Return the line between two columns of pixels."""
        return TextLine(np.ascontiguousarray(self.pixels[:, start:end]))

    @property
    def _free(self) -> NDArray[np.bool_]:
        band = self.pixels[_ROWS]
        darker = np.bincount(band.ravel(), minlength=_GREYS).cumsum() / band.size
        dark, light = np.searchsorted(darker, (_INK, 1 - _INK))
        if darker[(dark + light) // 2] > _MOST:
            band = ~band
            darker = 1 - np.append(0, darker[:-1])[::-1]
        paper, ink = np.searchsorted(darker, (_PAPER, _INK))
        if paper - ink <= _LEAST_CONTRAST:
            return np.zeros(self.width, np.bool_)
        return np.asarray(band.min(axis=0) >= paper - (paper - ink) * _THRESHOLD, np.bool_)
