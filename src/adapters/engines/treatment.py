"""What Tesseract is given of a page, and told about it, if the job leaves the page segmentation to it.

The mode 3, "fully automatic", is the default, and leaves it. Of any other mode Tesseract gets the page as it is.
"""

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageFilter, ImageOps

from adapters.imaging.ink import is_light_on_dark
from adapters.imaging.lettering import Lettering, has_two_levels, lettering_of
from ocrcore.domain.options import JobOptions

#: Finds columns, and the other areas of a page.
_AUTOMATIC: Final = 3
#: Takes the page as one block of lines.
_BLOCK: Final = 6
#: The weighted mean of a pixel and its neighbours, which takes noise from strokes.
_SOFT: Final = ImageFilter.Kernel((3, 3), (1, 2, 1, 2, 4, 2, 1, 2, 1))
#: The height of the ink of a line from which on more pixels do not help to read it, and the same for small lines.
_ENOUGH, _ENOUGH_SMALL = 24, 16
#: How far a page is shrunk at most, for it may have lines much smaller than most of its lines are.
_SMALLEST: Final = 2 / 3
#: A page that would be shrunk by less is not shrunk at all.
_HARDLY: Final = 0.9
#: Levels that are enough for such letters. Tesseract packs each line as a PNG on its way, and fewer levels take less
#: time to pack.
_LEVELS: Final = tuple(level & 0xF8 for level in range(256))
#: Lines less tall have strokes of a pixel or two, which a blur takes away; in pixels.
_TALL: Final = 18
#: A line of which the mean confidence is less is read as light on dark too. Tesseract's own threshold is for pages with
#: dark areas; the lower one sends fewer lines through the network twice.
_USUAL, _LOWER = 0.7, 0.5


@dataclass(frozen=True, slots=True)
class Treatment:
    """A page for Tesseract, and how it is read."""

    #: In mode L, of the size of the original or smaller.
    page: Image.Image
    #: The page segmentation mode.
    psm: int
    #: Tesseract's variable of that name.
    invert_threshold: float


def treatment_of(page: Image.Image, options: JobOptions) -> Treatment:
    """Return how a page in mode L is read."""
    if options.psm != _AUTOMATIC:
        return Treatment(page, options.psm, _USUAL)
    lettering = lettering_of(page)
    if lettering.is_dark and is_light_on_dark(page):
        page = ImageOps.invert(page)
        lettering = lettering_of(page)
    threshold = _USUAL if lettering.has_dark_areas else _LOWER
    if has_two_levels(page):
        return Treatment(page, _AUTOMATIC, threshold)
    return Treatment(
        _without_noise(page, lettering), _BLOCK if lettering.is_one_narrow_column else _AUTOMATIC, threshold
    )


def _without_noise(page: Image.Image, lettering: Lettering) -> Image.Image:
    """Return the page with softer strokes, and smaller if its letters are larger than they have to be.

    Larger ones take longer to read. To be made smaller softens them too.
    """
    if lettering.small:
        scale = max(_SMALLEST, _ENOUGH / lettering.height, _ENOUGH_SMALL / lettering.small)
        if scale <= _HARDLY:
            size = round(page.width * scale), round(page.height * scale)
            return page.resize(size, Image.Resampling.BILINEAR).point(_LEVELS)
    return page.filter(_SOFT) if lettering.height >= _TALL else page
