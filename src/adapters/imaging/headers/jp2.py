"""JPEG 2000: a codestream, alone or in a file of boxes (ISO/IEC 15444-1).

Forms that the decoder would misread in silence are refused by name: samples of more than 8 bits in several components,
whose white becomes black; palettes, whose equal colours are lost; inks and other spaces that are taken for RGB.
"""

from collections.abc import Iterator, Sequence
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


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the header. Raises ``HeaderCut``, ``HeaderDamaged`` or ``NotRead``."""
    width, height, bits = _read_size(reader, _start(reader))
    _refuse_components(bits)
    return PictureHeader("jp2", width, height)


def bits_of(source: bytes) -> int:
    """Return the bits of a sample of a file that :func:`read_header` reads."""
    reader = BoundedReader(BytesIO(source))
    return _read_size(reader, _start(reader))[2][0]


def refuse_cut(source: bytes) -> None:
    """Raise ``HeaderCut`` for a file whose codestream ends in the middle of a part of a tile."""
    reader = BoundedReader(BytesIO(source), steps=inf, most=inf)  # for the processor's time is limited
    at = _start(reader) + 2
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


def _start(reader: BoundedReader) -> int:
    """Return the offset of the codestream."""
    return 0 if reader.at(0, 4) == _CODESTREAM else _codestream_in_boxes(reader)


def _codestream_in_boxes(reader: BoundedReader) -> int:
    """Return the offset of the one codestream."""
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
    _refuse_colours(reader, header, _read_size(reader, starts[0])[2])
    return starts[0]


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
    if bits[0] > (_MOST_BITS if len(bits) == 1 else _WHOLE):
        not_read(f"a JPEG 2000 picture with {len(bits)} samples of {bits[0]} bits a pixel")


def _refuse_colours(reader: BoundedReader, header: Box, bits: Sequence[int]) -> None:
    """Raise ``NotRead`` for colours that the decoder takes for others; it reads those of the first such box."""
    found = [*boxes(reader, header.start, header.end)]
    if any(box.kind == b"pclr" for box in found):
        not_read("a JPEG 2000 picture with a palette")
    require(any(box.kind == b"ihdr" for box in found))
    for words in _spaces(reader, found, len(bits)):
        not_read(f"a JPEG 2000 picture with {words}")


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
