"""PaddleOCR's models on what is hard for them, and what they must not do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from threading import Event

import pytest
from PIL import Image, ImageDraw, ImageFont

import pictures
from adapters.engines.engine import ChildEngine
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.engine import recognise, within
from ocrcore.testing.patience import FOREVER

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
from adapters.engines.rapidocr import RapidocrReader
from ocrcore import JobOptions
def refuse(*_): raise SystemExit("it asks the network")
socket.socket.connect = socket.getaddrinfo = refuse
layout = RapidocrReader().read(pictures.draw("HELLO").convert("L"), JobOptions())
assert layout.text == "HELLO", layout.text
"""


LETTERS = """
import os, sys
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
from onnxruntime import InferenceSession
print(InferenceSession(sys.argv[1]).get_modelmeta().custom_metadata_map["character"])
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[ChildEngine]:
    with ChildEngine("rapidocr") as engine:
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


def models() -> Path:
    spec = find_spec("rapidocr")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def listing(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.suffix != ".pyc"}


def test_nothing_is_downloaded_and_nothing_is_written(tmp_path: Path) -> None:
    before, home = listing(models()), tmp_path / "home"
    home.mkdir()
    run(ALONE, HOME=str(home))
    assert listing(models()) == before
    assert list(home.iterdir()) == []


def test_it_knows_every_letter_of_its_languages(engine: ChildEngine) -> None:
    known = set(run(LETTERS, str(models() / "models" / "PP-OCRv6_rec_small.onnx")))
    for languages, letters in ALPHABETS.items():
        assert set(letters + letters.upper()) - known - {"SS", "ẞ"} == set(), languages
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
    for row in range(10):
        page.paste(pictures.draw(f"LINE {row}", (500, 100)).convert("L"), (0, 500 * row))
    assert recognise(engine, pictures.save(page)).text.split("\n") == [f"LINE {row}" for row in range(10)]
