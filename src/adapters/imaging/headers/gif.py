"""GIF: a screen, colour tables, and blocks whose data comes in pieces of up to 255 bytes (GIF89a)."""

from io import BytesIO
from math import inf
from typing import Final

from adapters.imaging.headers.bounded import BoundedReader, HeaderCut, PageMissing
from adapters.imaging.headers.header import PictureHeader, require

SIGNATURES: Final = (b"GIF87a", b"GIF89a")

_FRAME, _EXTENSION, _FINISH, _GRAPHIC_CONTROL = 0x2C, 0x21, 0x3B, 0xF9
_COLOURS: Final = 0x80
_SCREEN: Final = 13
_CONTROL_SIZE: Final = 8
#: Where the size of the screen stands in the file, and the flags in such an extension.
_SIZE, _CONTROL_FLAGS = 6, 3
_TRANSPARENT: Final = 1
#: Disposals with which a frame stays on the screen.
_STAYS: Final = frozenset({0, 1})
_FULL: Final = 255
#: Bytes that are read at first of an extension, which is short, and of a frame.
_LITTLE, _MUCH = 1024, 256 * 1024
#: Most pieces in the file that are shorter than 255 bytes. In an honest file each block has one, its last.
_SHORT_PIECES: Final = 20_000


def read_header(reader: BoundedReader) -> PictureHeader:
    """Return the size of the first frame, because that of the screen is unreliable; and whether there is a second.

    Raises ``HeaderCut`` or ``HeaderDamaged``.
    """
    blocks = _Blocks(reader)
    (flags,) = reader.numbers(10, "B")
    frame, kind = blocks.next_frame(_SCREEN + _table(flags))
    require(kind == _FRAME)
    width, height = reader.numbers(frame + 4, "<HH")
    try:
        end = blocks.end_of(frame)
    except HeaderCut:  # which decoding finds out
        return PictureHeader("gif", width, height)
    return PictureHeader("gif", width, height, several=blocks.following(end)[1] == _FRAME)


def frames(reader: BoundedReader, most: float = inf) -> tuple[int, bool]:
    """Return the number of frames, at most that many, and whether the file has an end behind them.

    Raises ``HeaderCut`` or ``HeaderDamaged``.
    """
    blocks, number = _Blocks(reader, inf, _LITTLE), 0
    (flags,) = reader.numbers(10, "B")
    offset = _SCREEN + _table(flags)
    while number < most:
        frame, kind = blocks.following(offset)
        if kind != _FRAME:
            return number, kind is not None
        number += 1
        offset = blocks.end_of(frame)
    return number, True


def essence(source: bytes, number: int = 1) -> tuple[bytes, int]:
    """Return the file with the frames of which that one may show parts, and without comments; and its place, from 0.

    A frame that covers the screen hides all before it. So the last page of a long file costs as much as the first, if
    each is a whole page.

    Raises as :func:`read_header` does, and ``PageMissing``.
    """
    reader = BoundedReader(BytesIO(source), steps=inf, most=inf)  # for the processor's time is limited, too
    blocks = _Blocks(reader, _SHORT_PIECES if number == 1 else inf)
    offset = _SCREEN + _table(source[10])
    screen = _Screen(reader)
    head, end = source[:offset], bytes([_FINISH])
    parts: list[bytes] = []
    for left in reversed(range(number)):
        blocks.control = b""
        frame, kind = blocks.next_frame(offset)
        if kind != _FRAME:
            raise PageMissing
        try:
            screen.add(frame, blocks.control, is_last=not left)
            offset = blocks.end_of(frame)
        except HeaderCut:
            if left:
                raise PageMissing from None
            offset, end = len(source), b""
        parts.append(blocks.control + source[frame - 1 : offset])
    return b"".join([head, *parts[screen.first :], end]), number - 1 - screen.first


def _table(flags: int) -> int:
    """Return the bytes of the colour table that these flags announce."""
    return 3 << ((flags & 7) + 1) if flags & _COLOURS else 0


class _Screen:
    """What is seen on the screen, frame by frame."""

    def __init__(self, reader: BoundedReader) -> None:
        #: The first frame of which something may be seen, from 0.
        self.first = 0
        self._reader, self._frames = reader, 0
        self._size = reader.numbers(_SIZE, "<HH")
        #: What is done with a frame before the next one; a frame that does not say so is treated as the one before it.
        self._disposal = 0
        self._has_grown = False

    def add(self, frame: int, control: bytes, *, is_last: bool) -> None:
        """Show a frame. One that is taken away before the next one may uncover any other."""
        left, top, width, height = self._reader.numbers(frame, "<HHHH")
        flags = control[_CONTROL_FLAGS] if control else 0
        self._disposal = flags >> 2 & 7 or self._disposal
        self._has_grown |= left + width > self._size[0] or top + height > self._size[1]
        if not is_last and self._disposal not in _STAYS:
            self.first = 0
        elif not (self._has_grown or flags & _TRANSPARENT) and (left, top, width, height) == (0, 0, *self._size):
            self.first = self._frames
        self._frames += 1


class _Blocks:
    """The blocks of a file; all of them share one limit of short pieces."""

    def __init__(self, reader: BoundedReader, short_pieces: float = _SHORT_PIECES, first_read: int = _MUCH) -> None:
        """``first_read`` is how many bytes of a frame are read at first: a frame may have a few, or be one of many."""
        self._reader, self._first_read = reader, first_read
        self._short_left = short_pieces
        #: Where the block begins that is looked at.
        self._place = 0
        #: The extension with the transparent colour of the next frame.
        self.control = b""

    def next_frame(self, offset: int) -> tuple[int, int]:
        """Return the offset behind the introducer of the next frame, or of the end, and the introducer."""
        while True:
            self._place = offset
            (kind,) = self._reader.numbers(offset, "B")
            if kind == 0:  # a block too many at the end of a frame, which browsers skip
                offset += 1
                continue
            if kind != _EXTENSION:
                return offset + 1, kind
            begin, offset = offset, self._skip_pieces(offset + 2, _LITTLE)
            if offset - begin == _CONTROL_SIZE and self._reader.at(begin + 1, 1)[0] == _GRAPHIC_CONTROL:
                self.control = self._reader.at(begin, _CONTROL_SIZE)

    def following(self, offset: int) -> tuple[int, int | None]:
        """Return the same behind a frame; None for the introducer where the file ends without a mark.

        Some programs leave it out. A file that ends within a block, or behind the extension that announces a frame, is
        cut: that raises ``HeaderCut``.
        """
        self.control = b""
        try:
            return self.next_frame(offset)
        except HeaderCut:
            if self._place < self._reader.size or self.control:
                raise
            return self._place, None

    def end_of(self, frame: int) -> int:
        """Return the offset behind a frame."""
        (flags,) = self._reader.numbers(frame + 8, "B")
        return self._skip_pieces(frame + 9 + _table(flags) + 1, self._first_read)

    def _skip_pieces(self, offset: int, chunk_size: int) -> int:
        """Return the offset behind the pieces of a block, which end with an empty one."""
        while True:
            chunk = self._reader.up_to(offset, chunk_size)
            at = 0
            while at < len(chunk):
                if chunk[at] == _FULL:
                    lengths = chunk[at :: _FULL + 1]
                    at += (len(lengths) - len(lengths.lstrip(b"\xff"))) * (_FULL + 1)
                    continue
                if chunk[at] == 0:
                    return offset + at + 1
                self._short_left -= 1
                require(self._short_left >= 0)
                at += chunk[at] + 1
            if len(chunk) < chunk_size:
                raise HeaderCut
            offset += at
            chunk_size = min(4 * chunk_size, _MUCH)
