"""PaddleOCR's models on what is hard for them, and what they must not do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from itertools import chain
from pathlib import Path
from threading import Event

import pytest
from PIL import Image, ImageDraw, ImageFont

import pictures
from adapters.engines.engine import ChildEngine
from adapters.engines.ppocr import letters_of
from adapters.engines.recycling import RecyclePolicy
from adapters.ppocr import files, models
from adapters.ppocr.letters import Letters
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.engine import recognise, within
from ocrcore.testing.patience import FOREVER
from own_process import resident
from processes import having

#: Letters beside those of English, by the codes of the languages that have them.
ALPHABETS = {
    "bos+hrv+slv": "čćđšž",
    "cat+oci": "àçèéíïòóúü",
    "ces+slk": "áčďéěíňóřšťúůýžäĺľôŕ",
    "cym": "âêîôûŵŷ",
    "dan+nor": "æøå",
    "deu+ltz": "äöüßëé",
    "est+fin+swe": "äöüõšžå",
    "eus+glg+que+spa+tgl": "áéíóúüñ",
    "fra+afr+nld": "àâæçèéêëîïôùûüÿœ",
    "gle": "áéíóú",
    "hun": "áéíóöőúüű",
    "isl": "áðéíóúýþæö",
    "ita": "àèéìòù",
    "lat+mri": "āēīōū",
    "lav": "āčēģīķļņšūž",
    "lit": "ąčęėįšųūž",
    "mlt": "ċġħż",
    "pol": "ąćęłńóśźż",
    "por": "áâãàçéêíóôõúü",
    "ron": "ăâîșțşţ",
    "sqi": "çë",
    "tur": "çğıöşü",
    "chi_sim": "的一是在不了有和人这中大为上个国我以要他时来用们",
    "chi_tra": "的一是在不了有和人這中大為上個國我以要他時來用們",
    "jpn": "あいうえおかきくけこアイウエオカキクケコ日本語文字認識",
}
#: Asks the network for nothing, or says so.
ALONE = """
import socket, sys
from PIL import Image
import pictures
from adapters.engines.ppocr import PpocrReader
from ocrcore import JobOptions
def refuse(*_): raise SystemExit("it asks the network")
socket.socket.connect = socket.getaddrinfo = refuse
layout = PpocrReader().read(pictures.draw("HELLO").convert("L"), JobOptions())
assert layout.text == "HELLO", layout.text
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[ChildEngine]:
    with ChildEngine("ppocr") as engine:
        yield engine


def receipt() -> bytes:
    page = Image.new("L", (700, 500), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(30)
    for row, (article, price) in enumerate((("Bread", "3.40"), ("Butter", "2.10"), ("Total", "5.50"))):
        pen.text((40, 60 + 90 * row), article, "black", font)
        pen.text((540, 60 + 90 * row), price, "black", font)
    return pictures.save(page)


def run(program: str, *arguments: str, **environment: str) -> str:
    """Run a program with next to no environment: what is silent in a test run may talk in service."""
    environment |= {"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", program, *arguments]
    return subprocess.run(command, env=environment, check=True, timeout=FOREVER, capture_output=True, text=True).stdout


def packages() -> list[Path]:
    return [file.find().parent for file in (files.DETECTION, files.TINY, files.SMALL)]


def listing() -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for folder in packages() for path in folder.iterdir()}


def test_nothing_is_downloaded_and_nothing_is_written(tmp_path: Path) -> None:
    before, home = listing(), tmp_path / "home"
    home.mkdir()
    run(ALONE, HOME=str(home))
    assert listing() == before
    assert list(home.iterdir()) == []


def test_it_knows_every_letter_of_its_languages(engine: ChildEngine) -> None:
    known = {kind: set(models.recogniser(files.SMALL, kind).letters) for kind in Letters}
    for languages, letters in ALPHABETS.items():
        missing = set(letters + letters.upper()) - known[letters_of(languages.split("+"))]
        assert missing <= {"SS", "ẞ"}, languages
    plain = {"eng", "ind", "msa", "swa"}
    assert {language for languages in ALPHABETS for language in languages.split("+")} | plain == set(engine.languages)


def test_a_name_and_its_price_are_one_line(engine: ChildEngine) -> None:
    layout = recognise(engine, receipt())
    assert layout.text == "Bread 3.40\nButter 2.10\nTotal 5.50"
    bread, price = layout.lines[0].words
    assert within((40, 60, 120, 95), (bread.bbox[0] - 12, bread.bbox[1] - 12, bread.bbox[2] + 12, bread.bbox[3] + 12))
    assert bread.bbox[2] < 160
    assert 520 < price.bbox[0] < price.bbox[2] < 640
    assert {(word.confidence or 0) > 90 for line in layout.lines for word in line.words} == {True}


def test_a_page_that_lies_on_its_side_is_read_line_by_line(engine: ChildEngine) -> None:
    page = pictures.draw("FIRST LINE\nSECOND LINE").transpose(Image.Transpose.ROTATE_270)
    layout = recognise(engine, pictures.save(page))
    assert layout.text == "FIRST LINE\nSECOND LINE"
    first, second = layout.lines
    assert first.bbox[0] > second.bbox[2] - 10
    assert [word.bbox[1] for word in first.words] == sorted(word.bbox[1] for word in first.words)


@pytest.mark.parametrize("psm", [1, 6, 13])
def test_modes_change_nothing(engine: ChildEngine, psm: int) -> None:
    page = Page(BytesSource(receipt()), 1, JobOptions(psm=psm))
    assert engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=Event()) == recognise(engine, receipt())


@pytest.mark.parametrize("size", [(30_000, 8), (8, 30_000), (6_000, 6_000), (3, 3)])
def test_no_form_of_a_page_takes_more_memory_than_there_is(engine: ChildEngine, size: tuple[int, int]) -> None:
    layout: Layout = recognise(engine, pictures.save(Image.new("L", size, 255)))
    assert (layout.width, layout.height, layout.text) == (*size, "")


def test_a_long_receipt_keeps_its_letters(engine: ChildEngine) -> None:
    page = Image.new("L", (500, 5_000), 255)
    for row in range(1, 11):
        page.paste(pictures.draw(f"LINE {row} OF 10", (500, 100)).convert("L"), (0, 500 * row - 500))
    assert recognise(engine, pictures.save(page)).text.split("\n") == [f"LINE {row} OF 10" for row in range(1, 11)]


def test_a_page_of_a4_leaves_the_child_small_enough_to_be_kept(tmp_path: Path) -> None:
    page = Image.new("L", (2480, 3508), 255)
    for row in range(1, 7):
        page.paste(pictures.draw(f"LINE {row} OF 6", (500, 100)).convert("L"), (300, 500 * row))
    with ChildEngine("ppocr", root=tmp_path, recycle=RecyclePolicy(resident=400 << 20)) as engine:
        children = having(tmp_path)
        assert len(recognise(engine, pictures.save(page)).lines) == 6
        assert having(tmp_path) == children


@pytest.mark.parametrize("size", [(2480, 3508), (1700, 5300), (5300, 1700)])
def test_no_page_takes_a_child_to_400_megabytes(tmp_path: Path, size: tuple[int, int]) -> None:
    """The peak, not what is left. The memory of the detection model grows with what it sees at once."""
    page, rows = Image.new("L", size, 255), range(100, size[1] - 200, 900)
    for row in rows:
        page.paste(pictures.draw("HELLO WORLD", (900, 100)).convert("L"), (100, row))
    with ChildEngine("ppocr", root=tmp_path) as engine:
        (child,) = having(tmp_path, "adapters.engines.child")
        layout = recognise(engine, pictures.save(page))
        assert layout.text.split("\n") == ["HELLO WORLD"] * len(rows)
        bound = 400e6 if "onnxruntime" in layout.engine else 750e6
        assert resident(child, peak=True) < bound / (1 << 20)


def test_columns_are_read_one_after_the_other(engine: ChildEngine) -> None:
    page, font = Image.new("L", (1500, 700), "white"), ImageFont.load_default(28)
    numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
    texts = [[f"{side} column has line {number} of ten" for number in numbers] for side in ("First", "Second")]
    for left, lines in zip((60, 800), texts, strict=True):
        for row, line in enumerate(lines):
            ImageDraw.Draw(page).text((left, 60 + 58 * row), line, "black", font)
    assert recognise(engine, pictures.save(page)).text.split() == " ".join(chain(*texts)).split()


def test_a_model_that_is_another_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "model.onnx"
    other.write_bytes(b"other")
    monkeypatch.setattr(files.ModelFile, "find", lambda _: other)
    with pytest.raises(ImportError, match="not the file that this release knows"):
        files.SMALL.read()
