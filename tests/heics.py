"""HEIC files for tests, with any pixels and any turn: HEVC in which every block stands as it is (ITU-T H.265, PCM).

Each block of 32 x 32 pixels is a slice of its own, so that the arithmetic coder begins anew for each, and what it codes
around the samples is the same for all.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Final

from PIL import Image

_BLOCK: Final = 32
_GREY: Final = 128
_IDR, _VIDEO, _SEQUENCE, _PICTURE = 19, 32, 33, 34
#: Of an Exif orientation: quarter turns anticlockwise, and then a mirror, 0 top to bottom, 1 left to right.
TURNS: Final[Mapping[int, tuple[int, int | None]]] = {
    1: (0, None),
    2: (0, 1),
    3: (2, None),
    4: (0, 0),
    5: (1, 0),
    6: (3, None),
    7: (1, 1),
    8: (1, None),
}


def heic(picture: Image.Image, orientation: int = 1, *, brand: bytes = b"heic") -> bytes:
    """Return a HEIC of the luminance of a picture, which is shown turned as the orientation says."""
    return heic_of([picture], [orientation], brand=brand)


def heic_of(
    pictures: Sequence[Image.Image],
    orientations: Sequence[int] = (),
    *,
    brand: bytes = b"heic",
    primary: int = 1,
    hidden: Collection[int] = (),
    more: bytes = b"",
) -> bytes:
    """Return a HEIC of several pictures, numbered from 1; ``more`` are further boxes in its description."""
    turns = list(orientations) or [1] * len(pictures)
    items = [_item(picture, orientation) for picture, orientation in zip(pictures, turns, strict=True)]
    return _file(brand, items, primary, hidden, more)


def references(kind: bytes, source: int, *targets: int) -> bytes:
    """Return the box of a reference from an item to others."""
    return _full(b"iref", _box(kind, b"".join(_short(number) for number in (source, len(targets), *targets))))


def group(kind: bytes, *items: int) -> bytes:
    """Return the box of a group of items."""
    return _box(b"grpl", _full(kind, b"".join(_number(number) for number in (99, len(items), *items))))


def _item(picture: Image.Image, orientation: int) -> tuple[list[bytes], bytes]:
    """Return the properties of a picture, and its data."""
    width, height = picture.size
    across, down = (-(-side // _BLOCK) * _BLOCK for side in picture.size)
    page = Image.new("L", (across, down), "white")
    page.paste(picture.convert("L"))
    sets = _sets(width, height, across, down)
    slices = b"".join(_sized(4, _unit(_IDR, rbsp)) for rbsp in _slices(page))
    quarters, mirror = TURNS[orientation]
    properties = [
        _box(b"hvcC", _configuration(sets)),
        _full(b"ispe", width.to_bytes(4, "big") + height.to_bytes(4, "big")),
        _box(b"colr", b"nclx" + b"\0\1\0\15\0\6\x80"),
        *([_box(b"irot", bytes([quarters]))] if quarters else []),
        *([_box(b"imir", bytes([mirror]))] if mirror is not None else []),
    ]
    return properties, slices


def _file(
    brand: bytes, items: Sequence[tuple[list[bytes], bytes]], primary: int, hidden: Collection[int], more: bytes
) -> bytes:
    head = _box(b"ftyp", brand + bytes(4) + b"mif1heic")
    numbers = range(1, len(items) + 1)
    count = _short(len(items))
    described = b"".join(
        _box(b"infe", bytes([2, 0, 0, number in hidden]) + _short(number) + b"\0\0hvc1\0") for number in numbers
    )
    ends = list(accumulate((len(properties) for properties, _ in items), initial=0))
    lists = b"".join(_short(number) + _list(range(ends[number - 1] + 1, ends[number] + 1)) for number in numbers)

    def meta(offset: int) -> bytes:
        starts = accumulate((len(data) for _, data in items), initial=offset)
        places = b"".join(
            _short(number) + b"\0\0\0\1" + _number(start) + _number(len(data))
            for number, start, (_, data) in zip(numbers, starts, items, strict=False)
        )
        properties = b"".join(one for properties, _ in items for one in properties)
        return _full(
            b"meta",
            _full(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + _full(b"pitm", _short(primary))
            + _full(b"iinf", count + described)
            + _full(b"iloc", b"\x44\0" + count + places)
            + _box(b"iprp", _box(b"ipco", properties) + _full(b"ipma", _number(len(items)) + lists))
            + more,
        )

    data = b"".join(data for _, data in items)
    return head + meta(len(head) + len(meta(0)) + 8) + _box(b"mdat", data)


def _list(numbers: Iterable[int]) -> bytes:
    content = bytes(0x80 | number for number in numbers)
    return bytes([len(content)]) + content


def _short(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _number(value: int) -> bytes:
    return value.to_bytes(4, "big")


def _sized(size: int, content: bytes) -> bytes:
    return len(content).to_bytes(size, "big") + content


def _box(kind: bytes, content: bytes) -> bytes:
    return _number(8 + len(content)) + kind + content


def _full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, bytes([version, 0, 0, 0]) + content)


def _configuration(sets: Mapping[int, bytes]) -> bytes:
    """Return the record of the decoder's configuration (ISO/IEC 14496-15, 8.3.3)."""
    head = b"\x01\x03\x70\0\0\0\x90\0\0\0\0\0\xba\xf0\0\xfc\xfd\xf8\xf8\0\0\x0f"
    units = (bytes([0x80 | kind]) + b"\0\1" + _sized(2, _unit(kind, rbsp)) for kind, rbsp in sets.items())
    return head + bytes([len(sets)]) + b"".join(units)


def _unit(kind: int, rbsp: bytes) -> bytes:
    """Return a unit of the stream, in which no three bytes look like its start."""
    return bytes([kind << 1, 1]) + re.sub(rb"\0\0(?=[\0-\3])", b"\0\0\3", rbsp)


class _Bits:
    def __init__(self) -> None:
        self._text = ""

    def u(self, size: int, value: int) -> "_Bits":
        """Append a number of so many bits."""
        self._text += f"{value:0{size}b}" if size else ""
        return self

    def ue(self, *values: int) -> "_Bits":
        """Append numbers in Exp-Golomb code."""
        for value in values:
            digits = f"{value + 1:b}"
            self._text += "0" * (len(digits) - 1) + digits
        return self

    def end(self) -> bytes:
        """Return the bytes, after the bit that stands at the end."""
        return self.u(1, 1).padded()

    def padded(self) -> bytes:
        """Return the bytes, the last one filled with zeros."""
        text = self._text + "0" * (-len(self._text) % 8)
        return bytes(int(text[at : at + 8], 2) for at in range(0, len(text), 8))


def _sets(width: int, height: int, across: int, down: int) -> Mapping[int, bytes]:
    video = _Bits().u(4, 0).u(2, 3).u(6, 0).u(3, 0).u(1, 1).u(16, 0xFFFF)
    sequence = _Bits().u(4, 0).u(3, 0).u(1, 1)
    for bits in (video, sequence):
        bits.u(8, 3).u(32, 0x70000000).u(4, 0b1001).u(44, 0).u(8, 186)
    video.u(1, 1).ue(0, 0, 0).u(6, 0).ue(0).u(2, 0)
    sequence.ue(0, 1, across, down).u(1, 1).ue(0, (across - width) // 2, 0, (down - height) // 2)
    sequence.ue(0, 0, 0).u(1, 1).ue(0, 0, 0)
    sequence.ue(2, 0, 0, 3, 0, 0).u(3, 0)  # blocks of 32, transforms of 4 to 32; no lists, no partitions, no offsets
    sequence.u(1, 1).u(4, 7).u(4, 7).ue(2, 0).u(1, 1)  # samples as they are, 8 bits, in blocks of 32
    sequence.ue(0).u(5, 0)
    picture = _Bits().ue(0, 0).u(7, 0).ue(0, 0, 0).u(3, 0).ue(0, 0).u(7, 0)
    picture.u(1, 1).u(1, 0).u(1, 1).u(2, 0).ue(0).u(2, 0)  # no filter between blocks
    return {_VIDEO: video.end(), _SEQUENCE: sequence.end(), _PICTURE: picture.end()}


def _slices(page: Image.Image) -> Iterable[bytes]:
    across, down = page.width // _BLOCK, page.height // _BLOCK
    chroma = bytes([_GREY]) * (_BLOCK * _BLOCK // 2)
    for number in range(across * down):
        y, x = divmod(number, across)
        samples = page.crop((x * _BLOCK, y * _BLOCK, (x + 1) * _BLOCK, (y + 1) * _BLOCK)).tobytes()
        bits = _Bits().u(1, not number).u(1, 0).ue(0)
        if number:
            bits.u((across * down - 1).bit_length(), number)
        head = bits.ue(2, 0).end()
        yield head + _coded([_whole_block, _terminate]) + samples + chroma + _coded([_terminate])


def _coded(bins: list[object]) -> bytes:
    """Return what the arithmetic coder writes for these bins, the last of which ends it (9.3.4)."""
    coder = _Coder()
    for put in bins:
        put(coder)  # type: ignore[operator]
    return coder.bits.padded()


class _Coder:
    def __init__(self) -> None:
        self.low, self.range, self.bits = 0, 510, _Bits()
        self._first, self._outstanding = True, 0

    def renormalise(self) -> None:
        while self.range < 256:
            if self.low < 256:
                self.put(0)
            elif self.low >= 512:
                self.low -= 512
                self.put(1)
            else:
                self.low -= 256
                self._outstanding += 1
            self.range <<= 1
            self.low <<= 1

    def put(self, bit: int) -> None:
        if not self._first:
            self.bits.u(1, bit)
        self._first = False
        for _ in range(self._outstanding):
            self.bits.u(1, 1 - bit)
        self._outstanding = 0


def _whole_block(coder: _Coder) -> None:
    """Code that a block is not divided: the likelier value in the first state of its context."""
    coder.range -= (128, 176, 208, 240)[coder.range >> 6 & 3]
    coder.renormalise()


def _terminate(coder: _Coder) -> None:
    coder.range -= 2
    coder.low += coder.range
    coder.range = 2
    coder.renormalise()
    coder.put(coder.low >> 9 & 1)
    coder.bits.u(2, coder.low >> 7 & 3 | 1)
