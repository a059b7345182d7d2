"""Headers that are made to keep a parser busy: their cost is counted in reads, bytes and lines, not in time."""

import io
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from math import inf
from pathlib import Path
from tempfile import SpooledTemporaryFile
from types import FrameType
from typing import TYPE_CHECKING, BinaryIO, cast

import pytest

from adapters.imaging import headers
from adapters.imaging.decoding import decode_page
from adapters.imaging.headers import tiff
from adapters.imaging.headers.bounded import BYTES, STEPS, BoundedReader, HeaderDamaged
from adapters.imaging.headers.jpeg import essence
from adapters.imaging.imaging import HeaderImaging
from bombs import BOMBS, box, heif_of, heif_of_items, overlapping_directories
from inspected import Elsewhere
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import Refusal
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.imaging import Header

if TYPE_CHECKING:
    from _typeshed import TraceFunction

#: Bytes of a file.
SIZE = 5_000_000
#: The folder of the headers' modules.
HEADERS = str(Path(headers.__file__).parent)
#: Of which ``meta`` describes more than an honest picture has.
HEIFS = ["heif_pieces", "heif_tiles", "heif_items", "heif_associations"]


class Counted(io.BytesIO):
    """A file that counts what is read from it."""

    reads = 0
    total = 0

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes."""
        piece = super().read(size)
        self.reads += 1
        self.total += len(piece)
        return piece


@pytest.mark.parametrize("name", BOMBS)
def test_a_header_costs_a_bounded_number_of_reads_and_bytes(name: str) -> None:
    content, elsewhere = Counted(BOMBS[name](SIZE)), Elsewhere()
    with suppress(Refusal):
        HeaderImaging(elsewhere).inspect(content)
    copied = len(content.getvalue()) * elsewhere.asked  # for it is no file of which a descriptor could be sent
    assert content.reads <= STEPS + 5
    assert content.total - copied <= (2 * SIZE if name.startswith("gif") else 0) + BYTES + 65_536


def lines_of(work: Callable[[], object]) -> int:
    """Return how many lines of the headers' modules some work runs, each as often as it does."""
    lines = 0

    def count(frame: FrameType, event: str, _: object) -> "TraceFunction | None":
        nonlocal lines
        if event == "call" and HEADERS not in frame.f_code.co_filename:
            return None
        lines += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


@pytest.mark.parametrize("name", BOMBS)
def test_a_header_costs_a_bounded_number_of_steps(name: str) -> None:
    content = io.BytesIO(BOMBS[name](SIZE))

    def inspect() -> None:
        with suppress(Refusal):
            HeaderImaging(Elsewhere()).inspect(content)

    assert lines_of(inspect) < 150 * STEPS


def seconds(content: bytes) -> float:
    """Return the least time of this thread that an inspection of some takes."""
    taken = []
    for _ in range(5):
        begun = time.thread_time()
        with suppress(Refusal):
            HeaderImaging(Elsewhere()).inspect(io.BytesIO(content))
        taken.append(time.thread_time() - begun)
    return min(taken)


def test_what_a_reference_or_group_costs_does_not_grow_with_the_items() -> None:
    unknown = heif_of_items(900, 9_000, 9_000, (b"cdsc", b"none"))
    assert seconds(heif_of_items(900, 9_000, 9_000)) < 3 * seconds(unknown)


def test_a_picture_of_a_thousand_tiles_is_read() -> None:
    tiles = range(2, 1001)
    size = box(b"ispe", struct.pack(">III", 0, 8000, 6000))
    of_each = b"".join(struct.pack(">HBBB", item, 2, 1, 1) for item in (1, *tiles))
    places = b"".join(struct.pack(">HHHII", item, 0, 1, 8, 8) for item in (1, *tiles))
    grid = box(b"iref", bytes(4) + box(b"dimg", struct.pack(">HH999H", 1, 999, *tiles)))
    content = heif_of(
        1000,
        grid,
        iprp=box(b"ipco", size) + box(b"ipma", struct.pack(">II", 0, 1000) + of_each),
        iloc=b"\x44\0" + struct.pack(">H", 1000) + places,
    )
    assert HeaderImaging(Elsewhere()).inspect(io.BytesIO(content)) == Header("avif")


@pytest.mark.parametrize("name", ["full_exif_segments", "png_text", "tiff_rationals", "tiff_bytes", "gif_comments"])
def test_a_picture_with_a_lot_of_ballast_is_read(name: str) -> None:
    assert decode_page(BOMBS[name](SIZE), 1, 1_000_000).size == (640, 160)


@pytest.mark.parametrize(
    "name", ["exif_segments", "fill_bytes", "png_chunks", "gif_pieces", "heif_boxes", *HEIFS, "jp2_boxes"]
)
def test_a_header_that_is_too_long_to_be_honest_is_damaged(name: str) -> None:
    with pytest.raises(Refusal, match="is a damaged"):
        HeaderImaging(Elsewhere()).inspect(io.BytesIO(BOMBS[name](SIZE)))


@pytest.mark.parametrize("name", ["scans", "tiff_strips"])
def test_a_picture_that_would_be_decoded_for_ever_is_corrupt(name: str) -> None:
    with pytest.raises(EngineFailure) as caught:
        decode_page(BOMBS[name](SIZE), 1, 2_000_000)
    assert caught.value.code is ItemErrorCode.IMAGE_CORRUPT


def test_fill_bytes_are_skipped_in_linear_time() -> None:
    assert essence(BOMBS["fill_bytes"](SIZE)).ended  # in quadratic time it would take hours


@pytest.mark.parametrize(
    "content", [overlapping_directories(295), BOMBS["tiff_directories"](SIZE)], ids=["over", "many"]
)
def test_directories_without_end_are_left_to_the_inspector(content: bytes) -> None:
    elsewhere = Elsewhere()
    HeaderImaging(elsewhere).inspect(io.BytesIO(content))
    assert elsewhere.asked == 1


@pytest.mark.parametrize(
    "content", [overlapping_directories(1000), BOMBS["tiff_directories"](SIZE)], ids=["over", "many"]
)
def test_directories_that_overlap_or_are_hardly_ever_pages_are_damaged_after_some_steps(content: bytes) -> None:
    file = Counted(content)
    with pytest.raises(HeaderDamaged):
        list(tiff.sizes(BoundedReader(file, steps=inf, most=inf)))
    assert file.reads < STEPS


@pytest.mark.parametrize("offset", [1 << 63, (1 << 64) - 1, 1 << 62, 1 << 31])
def test_an_offset_beyond_any_file_is_beyond_this_one(offset: int) -> None:
    for content in (b"II+\0\x08\0\0\0" + struct.pack("<Q", offset), b"II*\0" + struct.pack("<I", offset % (1 << 32))):
        with SpooledTemporaryFile(1) as file:
            file.write(content)
            with pytest.raises(Refusal):
                HeaderImaging(Elsewhere()).inspect(cast("BinaryIO", file))
