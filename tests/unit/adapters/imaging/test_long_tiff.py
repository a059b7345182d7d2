"""Pages of a TIFF of many: the same as when the whole file is before the decoder, for the price of one page."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryFile

import pytest
from PIL import Image

import pictures
from adapters.file_source import FileSource, source_of
from adapters.imaging.decoding import decode_page
from adapters.imaging.headers.tiff_alone import page_alone
from adapters.imaging.pdf.embedding import embed
from adapters.imaging.reading import coloured_page, grey_page
from documents_cases import FILES

LIMIT = 1_000_000
PAGES = 60


def embedded(source: FileSource) -> object:
    with TemporaryFile() as out:
        return embed(source, PAGES, LIMIT, out).dpi


#: What is done with a page -> its resolution, if that is told.
WORK: dict[str, Callable[[FileSource], object]] = {
    "reading": lambda source: grey_page(source, PAGES, LIMIT).dpi,
    "showing": lambda source: coloured_page(source, PAGES, LIMIT).dpi,
    "embedding": embedded,
}


@pytest.mark.parametrize("work", WORK)
def test_work_on_a_page_reads_little_more_than_the_page(work: str) -> None:
    page = Image.effect_noise((400, 250), 40)
    with TemporaryFile() as file:
        page.save(file, "TIFF", save_all=True, append_images=[page] * (PAGES - 1), dpi=(200, 200))
        with source_of(file) as source:
            before = bytes_read()
            assert WORK[work](source) in {200.0, (200.0, 200.0), None}
            assert bytes_read() - before < 400 * 250 + PAGES * 10_000 < source.size / 8


def bytes_read() -> int:
    """Return how many bytes this process has read."""
    (line,) = (line for line in Path("/proc/self/io").read_text("utf-8").splitlines() if line.startswith("rchar:"))
    return int(line.split()[1])


@pytest.mark.parametrize("name", ["tif-thumbnail", "tif-ifd-loop", "tif-alpha-pages"])
def test_a_page_alone_is_the_page_of_the_file(name: str) -> None:
    content = (FILES / f"{name}.tif").read_bytes()
    for number in (1, 2):
        alone = page_alone(io.BytesIO(content), number)
        assert alone is not None
        assert len(alone) < len(content)
        assert decode_page(alone, 1, LIMIT).tobytes() == decode_page(content, number, LIMIT).tobytes()
    assert [page_alone(io.BytesIO(content), number) for number in (-1, 0, 9)] == [None] * 3


TIFF = pictures.save(pictures.draw("A"), "TIFF", compression="tiff_lzw")


@pytest.mark.parametrize(
    ("tag", "other"),
    [(279, 60_279), (273, 60_273), (257, 256), (262, 513)],
    ids=["no sizes", "no places", "twice", "old"],
)
def test_an_odd_page_is_left_to_those_who_have_the_whole_file(tag: int, other: int) -> None:
    odd = TIFF.replace(struct.pack("<HH", tag, 4), struct.pack("<HH", other, 4))
    odd = odd.replace(struct.pack("<HH", tag, 3), struct.pack("<HH", other, 3))
    assert odd != TIFF
    assert page_alone(io.BytesIO(TIFF), 1) is not None
    assert page_alone(io.BytesIO(odd), 1) is None
    assert page_alone(io.BytesIO(TIFF[:-600]), 1) is None
