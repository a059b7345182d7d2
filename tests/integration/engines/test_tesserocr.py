"""Tesseract's library reads as its program does, page after page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.tessdata import find_tessdata
from integration.engines.samples import put_tesseract
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure, Page
from ocrcore.testing.engine import fault, recognise
from ocrcore.testing.patience import FOREVER

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def engine() -> Iterator[ChildEngine]:
    with ChildEngine("tesserocr", also=("tesseract",)) as engine:
        yield engine


def read(engine: ChildEngine, source: bytes, name: str, psm: int) -> Layout:
    return engine.recognise(
        Page(BytesSource(source), 1, JobOptions(engine=name, psm=psm)), timeout=timedelta(seconds=FOREVER), stop=Event()
    )


def letter() -> bytes:
    """Return a page with a heading, two columns, a table's dark head, and a line that lies on its side."""
    page = Image.new("L", (1000, 800), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(34)
    pen.text((300, 40), "Annual report", "black", ImageFont.load_default(48))
    for column, text in (
        (60, "The first column\nhas three lines\nof its own"),
        (560, "and the second\nstands to its\nright"),
    ):
        pen.multiline_text((column, 180), text, "black", font, spacing=14)
    pen.rectangle((60, 420, 940, 490), fill="black")
    pen.text((90, 432), "Article     Quantity     Price", "white", font)
    pen.text((90, 510), "Bread       2            3.40", "black", font)
    return pictures.save(page)


@pytest.mark.parametrize("psm", [1, 3, 4, 6, 11, 12])
def test_it_finds_the_words_and_boxes_that_the_program_finds(engine: ChildEngine, psm: int) -> None:
    ours, theirs = (read(engine, letter(), name, psm) for name in ("tesserocr", "tesseract"))
    assert ours.text == theirs.text
    assert [line.text for line in ours.lines] == [line.text for line in theirs.lines]
    words = zip(*([word for line in layout.lines for word in line.words] for layout in (ours, theirs)), strict=True)
    for our, their in words:
        assert max(abs(a - b) for a, b in zip(our.bbox, their.bbox, strict=True)) <= 3
    assert ours.confidence == pytest.approx(theirs.confidence, abs=5)


@pytest.mark.parametrize("psm", [7, 8, 9, 13])
def test_a_mode_for_a_line_or_a_word_is_the_programs(engine: ChildEngine, psm: int) -> None:
    word = pictures.save(pictures.draw("HELLO").crop((14, 22, 180, 74)))
    ours, theirs = (read(engine, word, name, psm).text for name in ("tesserocr", "tesseract"))
    assert ours == theirs
    assert ours.startswith("HELLO")


def test_a_page_leaves_no_trace_in_the_next(engine: ChildEngine) -> None:
    first = read(engine, letter(), "tesserocr", 3)
    for psm, source in ((11, letter()), (7, pictures.png("HELLO")), (3, pictures.png(""))):
        read(engine, source, "tesserocr", psm)
    assert read(engine, letter(), "tesserocr", 3) == first


def test_white_on_black_is_read_too(engine: ChildEngine) -> None:
    assert "Article Quantity Price" in read(engine, letter(), "tesserocr", 3).text


def receipt(ink: str, ground: str) -> bytes:
    """Return a receipt as a camera sees it, of names and prices."""
    page = Image.new("L", (700, 1100), ground)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    for number in range(20):
        pen.text((50, 60 + 50 * number), f"Bread and butter {number}", ink, font)
        pen.text((560, 60 + 50 * number), f"{number}.40", ink, font)
    return pictures.save(page.filter(ImageFilter.GaussianBlur(0.7)))


@pytest.mark.parametrize("name", ["tesserocr", "tesseract"])
@pytest.mark.parametrize("colours", [("black", "white"), ("white", "black"), ("#eee", "#666")])
def test_a_receipt_is_read_by_rows_and_light_on_dark_too(
    engine: ChildEngine, name: str, colours: tuple[str, str]
) -> None:
    text = read(engine, receipt(*colours), name, 3).text
    rows = [f"Bread and butter {number} {number}.40" for number in range(20)]
    assert len(set(rows) & set(text.splitlines())) >= 18


@pytest.mark.parametrize("size", [(32_768, 10), (10, 32_768)])
def test_a_page_longer_than_tesseract_takes_is_too_large(engine: ChildEngine, size: tuple[int, int]) -> None:
    assert fault(engine, pictures.save(Image.new("L", size, 255))) is ItemErrorCode.IMAGE_TOO_LARGE


def installed(patch: pytest.MonkeyPatch, folder: Path, *languages: str) -> Path:
    """Have a Tesseract with English under so many names; return the folder of its data."""
    data = folder / "tessdata"
    data.mkdir()
    for language in languages:
        (data / f"{language}.traineddata").symlink_to(find_tessdata() / "eng.traineddata")
    put_tesseract(patch, folder / "bin", f'TESSDATA_PREFIX={data} tesseract "$@"')
    return data


def test_few_languages_are_kept_warm_at_the_same_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    languages = [f"la{letter}" for letter in "abcdefghijkl"]
    installed(monkeypatch, tmp_path, *languages)
    with ChildEngine("tesserocr", root=tmp_path) as engine:
        (slot,) = engine._free_slots.queue
        assert slot._child is not None
        child = slot._child.result()
        sizes = []
        for language in languages:
            assert recognise(engine, pictures.png("HELLO"), languages=(language,)).text == "HELLO"
            sizes.append(child.resident())
        assert sizes[3] - sizes[0] > 10 * MEGABYTE  # each of them has a size
        assert sizes[11] - sizes[3] < (sizes[3] - sizes[0]) / 2


def test_data_that_is_damaged_is_a_language_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = installed(monkeypatch, tmp_path, "eng")
    (data / "bad.traineddata").write_bytes(b"no data")
    with ChildEngine("tesserocr", root=tmp_path) as engine:
        with pytest.raises(EngineFailure, match=ItemErrorCode.UNSUPPORTED_LANGUAGE):
            recognise(engine, pictures.png("HELLO"), languages=("bad",))
        assert recognise(engine, pictures.png("HELLO")).text == "HELLO"
