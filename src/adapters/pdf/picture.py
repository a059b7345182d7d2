"""A picture in the form in which a PDF holds it. Its data stands in a file beside it."""

from dataclasses import dataclass
from enum import StrEnum


class Colours(StrEnum):
    """How the samples of a picture mean colours."""

    GREY = "grey"
    RGB = "rgb"
    CMYK = "cmyk"


class Coding(StrEnum):
    """How the data is compressed."""

    #: A JPEG file as it is.
    JPEG = "jpeg"
    #: CCITT group 4, in which black runs are white.
    FAX = "fax"
    #: Deflated rows, each with a filter of PNG.
    PNG = "png"


@dataclass(frozen=True, slots=True)
class EmbeddedPicture:
    """The description of a picture."""

    #: In pixels, as they are stored.
    width: int
    height: int
    colours: Colours
    #: Bits of a sample: 1, 8 or 16.
    bits: int
    coding: Coding
    #: The Exif orientation in which it is to be shown, from 1 to 8.
    orientation: int
    #: Dots per inch across and down, as it is shown; None if the file does not say.
    dpi: tuple[float, float] | None
