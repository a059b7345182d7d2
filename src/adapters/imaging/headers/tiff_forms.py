"""The forms of pixels in a TIFF: those that are read, and the names of the others.

Each form of the tables is compared with an independent decoder by ``tests/unit/adapters/imaging/test_pixels.py``.
Pillow opens some others, and misreads them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from adapters.imaging.headers.bounded import not_read

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK, YCBCR, LAB = 0, 1, 2, 3, 5, 6, 8
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
#: A format that says nothing: libtiff takes such samples for unsigned.
VOID: Final = 4
#: In place of a photometric interpretation that is not there.
UNSAID: Final = -1
PREMULTIPLIED, ALPHA = 1, 2

_COLOURS: Final[Mapping[int, str]] = {
    WHITE_IS_ZERO: "grey",
    BLACK_IS_ZERO: "grey",
    RGB: "RGB",
    PALETTE: "palette",
    4: "mask",
    CMYK: "CMYK",
    YCBCR: "YCbCr",
    LAB: "L*a*b*",
    9: "ICC L*a*b*",
    10: "ITU L*a*b*",
    32803: "camera sensor",
    34892: "linear raw",
}
_FORMATS: Final[Mapping[int, str]] = {SIGNED: "signed ", FLOAT: "floating-point "}
#: Samples of a pixel that are colour.
_COLOUR_SAMPLES: Final[Mapping[int, int]] = {
    WHITE_IS_ZERO: 1,
    BLACK_IS_ZERO: 1,
    RGB: 3,
    PALETTE: 1,
    CMYK: 4,
    YCBCR: 3,
    LAB: 3,
}
#: Photometric interpretation -> bits and format of the samples that are read.
_SAMPLES: Final[Mapping[int, frozenset[tuple[int, int]]]] = {
    WHITE_IS_ZERO: frozenset({(1, 1), (2, 1), (4, 1), (8, 1), (16, 1)}),
    BLACK_IS_ZERO: frozenset({(1, 1), (2, 1), (4, 1), (8, 1), (12, 1), (16, 1), (16, 2), (32, 1), (32, 2), (32, 3)}),
    RGB: frozenset({(8, 1), (16, 1)}),
    PALETTE: frozenset({(1, 1), (2, 1), (4, 1), (8, 1)}),
    CMYK: frozenset({(8, 1), (16, 1)}),
    YCBCR: frozenset({(8, 1)}),
    LAB: frozenset({(8, 1)}),
}
#: Compressions that are read.
_COMPRESSIONS: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946, 34925, 50000})
_OLD_JPEG, _JPEG = 6, 7
_COMPRESSION_NAMES: Final[Mapping[int, str]] = {
    9: "JBIG",
    10: "JBIG",
    32771: "CCITT RLE in words",
    32809: "ThunderScan",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34661: "JBIG",
    34676: "SGI LogLuv",
    34677: "SGI LogLuv",
    34712: "JPEG 2000",
    34887: "LERC",
    34892: "lossy JPEG of a raw picture",
    50001: "WebP",
    50002: "JPEG XL",
    52546: "JPEG XL",
}
_PLANES: Final = 2


@dataclass(frozen=True, slots=True)
class Form:
    """The form of the pixels, as its directory describes it."""

    width: int
    height: int
    photometric: int
    #: Bits and format of every sample.
    bits: int
    format: int
    samples: int
    #: 1: the samples of a pixel side by side; 2: in planes of their own.
    planes: int
    compression: int
    #: The kinds of the samples that are not colour.
    extra: tuple[int, ...]
    #: Whether numbers begin with their most significant byte.
    big_endian: bool
    #: How many pixels share a sample of colour, across and down; of YCbCr.
    subsampling: tuple[int, ...] = (1, 1)

    @property
    def inverted(self) -> bool:
        """Whether white is zero and no decoder turns it round."""
        return self.photometric == WHITE_IS_ZERO and self.bits > 8  # noqa: PLR2004

    @property
    def premultiplied(self) -> bool:
        """Whether the colours were multiplied with their alpha, and no decoder divides them."""
        return self.extra == (PREMULTIPLIED,)

    @property
    def wraps(self) -> bool:
        """Whether the upper half of the values is read as negative."""
        return self.bits == 32 and self.format == UNSIGNED  # noqa: PLR2004


def refuse_unread(form: Form) -> None:
    """Raise ``NotRead``, with the kind of the file, for a form that no decoder here reads."""
    if form.compression not in _COMPRESSIONS:
        not_read(f"a TIFF with the compression {_COMPRESSION_NAMES.get(form.compression, form.compression)}")
    colour = _COLOURS.get(form.photometric, f"colour space {form.photometric}")
    if form.photometric == UNSAID:
        not_read("a TIFF that does not say how its colours are stored")
    if form.photometric not in _SAMPLES:
        not_read(f"a TIFF of the kind {colour}")
    if (form.bits, form.format) not in _SAMPLES[form.photometric]:
        not_read(f"a TIFF of the kind {colour} with {_FORMATS.get(form.format, '')}samples of {form.bits} bits")
    if form.bits == 12 and form.big_endian:  # noqa: PLR2004
        not_read("a TIFF of samples of 12 bits in Motorola's byte order")
    if form.photometric == YCBCR and form.compression not in {_OLD_JPEG, _JPEG} and form.subsampling != (1, 1):
        not_read("a TIFF of the kind YCbCr with colours of fewer pixels than its luminance, but not as a JPEG")
    if form.compression == _JPEG and form.bits != 8:  # noqa: PLR2004
        not_read(f"a TIFF that contains JPEGs of {form.bits} bits")
    extra = form.samples - _COLOUR_SAMPLES[form.photometric]
    if not _reads_extra(form, extra):
        not_read(f"a TIFF of the kind {colour} with {form.samples} samples of {form.bits} bits per pixel")
    if form.planes == _PLANES and form.samples > 1 and form.bits != 8:  # noqa: PLR2004
        not_read(f"a TIFF with samples of {form.bits} bits in separate planes")


def _reads_extra(form: Form, extra: int) -> bool:
    """Return whether pixels with so many samples besides their colour are read."""
    if extra == 0:
        return True
    if form.planes == _PLANES:
        return False
    kinds = form.extra or (0,) * extra
    if form.photometric == BLACK_IS_ZERO:
        return form.bits == 8 and extra == 1 and kinds[0] in {0, 1, 2}  # noqa: PLR2004
    if form.photometric == RGB:
        most = 3 if form.bits == 8 else 1  # noqa: PLR2004
        return 0 < extra <= most and len(kinds) == extra and kinds[0] in {0, 1, 2} and not any(kinds[1:])
    return False
