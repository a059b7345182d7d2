"""JPEG 2000: a codestream, alone or in a file of boxes (ISO/IEC 15444-1).

Two decoders read it. Pillow's misreads colours of more than 8 bits a sample, whose white becomes black, and palettes,
whose equal colours are lost; PDFium's reads both right. Forms that neither reads right are refused by name: components
of different sizes, inks and other spaces that are taken for RGB.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from math import inf
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, not_read
from adapters.imaging.headers.boxes import Box, boxes
from adapters.imaging.headers.header import PictureHeader, require

#: The start of a file of boxes, and of a codestream: its first two markers.
SIGNATURES: Final = (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")
_CODESTREAM: Final = SIGNATURES[1]
_BRAND: Final = 20
_SIZE, _COMPONENTS = 4, 42
_TILE_PART, _FINISH = 0xFF90, 0xFFD9
#: Codestreams of one file that are found: a second one is another picture.
_SECOND: Final = 2
#: Spaces of colours: by number, or by a profile.
_BY_NUMBER, _BY_PROFILE = 1, 2
_GREY, _RGB, _INKS = (15, 17), (16,), (12,)
_PROFILE_SPACES: Final = {b"GRAY": (1, 2), b"RGB ": (3, 4)}
_WHOLE: Final = 8
_MOST_COMPONENTS, _MOST_BITS = 4, 16
#: The components of a picture in colour without transparency.
_COLOURS: Final = 3
#: Entries of a palette; of a map, that a component's sample is the number of a colour; and the bytes of an entry of it.
_MOST_ENTRIES, _THROUGH_PALETTE, _MAPPED = 1024, 1, 4


@dataclass(frozen=True, slots=True)
class Form:
    """How a picture is stored."""

    width: int
    height: int
    #: Of a sample of each component.
    bits: Sequence[int]
    has_palette: bool

    @property
    def is_for_pdfium(self) -> bool:
        """Whether PDFium reads it right, and Pillow does not."""
        return self.has_palette or (len(self.bits) > 1 and self.bits[0] > _WHOLE)


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    form = _form(reader)
    return PictureHeader("jp2", form.width, form.height)


def form_of(source: bytes) -> Form:
    """Return the form of a file that :func:`read_header` reads."""
    return _form(BoundedReader(BytesIO(source)))


def _form(reader: BoundedReader) -> Form:
    start, has_palette = _start(reader)
    width, height, bits = _read_size(reader, start)
    _refuse_components(bits)
    return Form(width, height, bits, has_palette)


def refuse_cut(source: bytes) -> None:
    """Raise ``HeaderCut`` for a file whose codestream ends in the middle of a part of a tile."""
    reader = BoundedReader(BytesIO(source), steps=inf, most=inf)  # for the processor's time is limited
    at = _start(reader)[0] + 2
    while at < reader.size:
        (marker,) = reader.numbers(at, ">H")
        if marker == _FINISH:
            return
        if marker == _TILE_PART:
            (length,) = reader.numbers(at + 6, ">I")
            if length == 0:  # to the end
                return
        else:
            length = 2 + reader.numbers(at + 2, ">H")[0]
        require(length > 2)  # noqa: PLR2004 - the marker's own bytes
        at += length
        if at > reader.size:
            raise HeaderCut


def _start(reader: BoundedReader) -> tuple[int, bool]:
    """Return the offset of the one codestream, and whether its samples are numbers of colours."""
    return (0, False) if reader.at(0, 4) == _CODESTREAM else _codestream_in_boxes(reader)


def _codestream_in_boxes(reader: BoundedReader) -> tuple[int, bool]:
    if reader.at(_BRAND, 4) == b"jpm ":
        not_read("a JPEG 2000 document of several layers (JPM)")
    header: Box | None = None
    starts: list[int] = []
    for box in boxes(reader):
        if box.kind == b"jp2h" and header is None:
            header = box
        elif box.kind == b"jp2c":
            starts.append(box.start)
    if header is None or not starts:
        raise HeaderCut
    if len(starts) >= _SECOND:
        not_read("a JPEG 2000 file of several pictures")
    return starts[0], _read_colours(reader, header, _read_size(reader, starts[0])[2])


def _read_size(reader: BoundedReader, start: int) -> tuple[int, int, Sequence[int]]:
    """Return the width and height, and the bits of each component, from the first segment of a codestream."""
    require(reader.at(start, 4) == _CODESTREAM)
    right, bottom, left, top = reader.numbers(start + _SIZE + 4, ">IIII")
    (count,) = reader.numbers(start + _SIZE + 36, ">H")
    require(right > left and bottom > top and count)
    if count > _MOST_COMPONENTS:
        not_read(f"a JPEG 2000 picture of {count} components")
    components = reader.at(start + _COMPONENTS, 3 * count)
    if any(step != 1 for at in range(count) for step in components[3 * at + 1 : 3 * at + 3]):
        not_read("a JPEG 2000 picture with components of different sizes")
    return right - left, bottom - top, [(components[3 * at] & 0x7F) + 1 for at in range(count)]


def _refuse_components(bits: Sequence[int]) -> None:
    if len(set(bits)) > 1:
        not_read("a JPEG 2000 picture with samples of different numbers of bits")
    if bits[0] > (_MOST_BITS if len(bits) in (1, _COLOURS) else _WHOLE):
        not_read(f"a JPEG 2000 picture with {len(bits)} samples of {bits[0]} bits a pixel")


def _read_colours(reader: BoundedReader, header: Box, bits: Sequence[int]) -> bool:
    """Return whether there is a palette.

    Raises ``NotRead`` for colours that decoders take for others; they read those of the first such box.
    """
    found = [*boxes(reader, header.start, header.end)]
    first = {box.kind: box for box in reversed(found)}
    require(b"ihdr" in first)
    count = _columns(reader, first, bits) if b"pclr" in first else len(bits)
    for words in _spaces(reader, found, count):
        not_read(f"a JPEG 2000 picture with {words}")
    return b"pclr" in first


def _columns(reader: BoundedReader, found: Mapping[bytes, Box], bits: Sequence[int]) -> int:
    """Return the number of samples of a colour of the palette, 1 or 3 of 8 bits and in their order."""
    entries, columns = reader.numbers(found[b"pclr"].start, ">HB")
    require(0 < entries <= _MOST_ENTRIES and columns and b"cmap" in found)
    depths = reader.at(found[b"pclr"].start + 3, columns)
    mapped = found[b"cmap"]
    plain = b"".join(bytes([0, 0, _THROUGH_PALETTE, column]) for column in range(columns))
    is_plain = mapped.end - mapped.start == _MAPPED * columns and reader.at(mapped.start, len(plain)) == plain
    if columns not in (1, _COLOURS) or set(depths) != {_WHOLE - 1} or not is_plain or b"cdef" in found:
        not_read("a JPEG 2000 picture with a palette of another form than grey or RGB in 8 bits")
    require(len(bits) == 1 and bits[0] <= _WHOLE)
    return columns


def _spaces(reader: BoundedReader, found: Sequence[Box], count: int) -> Iterator[str]:
    """Yield words for each space of colours that is not read."""
    for box in found:
        if box.kind != b"colr":
            continue
        method, _, _ = reader.numbers(box.start, "BBB")
        if method == _BY_NUMBER:
            (space,) = reader.numbers(box.start + 3, ">I")
            fits = (space in _GREY and count <= 2) or (space in _RGB and count >= 3)  # noqa: PLR2004 - grey or RGB
            if not (fits or (space in _INKS and count == _MOST_COMPONENTS)):
                yield f"{count} components in the colour space {space}"
        elif method == _BY_PROFILE:
            name = reader.at(box.start + 3 + 16, 4)
            if count not in _PROFILE_SPACES.get(name, ()):
                yield f"{count} components and a profile for {name.decode('ascii', 'replace')!r}"
