"""Pages of columns, drawn, read by a real engine and written into a PDF, from which other programs take the text."""

import io
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw

import pictures
from adapters.engines.engine import ChildEngine
from adapters.pdf.file import PdfFile
from inspected import as_file
from ocrcore.domain.layout import Layout
from ocrcore.ports.engine import Page
from ocrcore.testing.patience import FOREVER
from pdf_readers import BIDIRECTIONAL, READERS, f1, order
from printed_pages import WIDTH, Setting, font_of, printed

#: The part of a page that is drawn, in pixels.
HEIGHT = 1200


@pytest.fixture(scope="module")
def engine() -> Iterator[ChildEngine]:
    with ChildEngine("tesseract") as engine:
        yield engine


def upper_part(layout: Layout) -> Layout:
    lines = tuple(line for line in layout.lines if line.bbox[3] < HEIGHT - 100)
    return replace(layout, height=HEIGHT, lines=lines, text="\n\n".join(line.text for line in lines))


def drawn(layout: Layout, size: int) -> bytes:
    page = Image.new("L", (layout.width, layout.height), 255)
    pen = ImageDraw.Draw(page)
    for line in layout.lines:
        for word in line.words:
            pen.text(word.bbox[:2], word.text, 0, font_of(size), anchor="lt")
    return pictures.save(page, dpi=(300, 300))


@pytest.mark.long  # three pages for an engine
@pytest.mark.parametrize("columns", [1, 2, 3])
def test_columns_are_read_one_after_the_other_up_to_the_pdf(engine: ChildEngine, columns: int) -> None:
    setting = Setting(columns, size=48)
    truth = upper_part(printed(setting)[0])
    words = [_plain(word.text) for line in truth.lines for word in line.words]
    with as_file(drawn(truth, setting.size)) as source:
        read = engine.recognise(Page(source), timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    file = io.BytesIO()
    pdf = PdfFile(file, "columns")
    pdf.add_page((WIDTH * 0.24, HEIGHT * 0.24), read)
    pdf.close()
    for reader in BIDIRECTIONAL:
        found = _plain(READERS[reader](file.getvalue())).split()
        assert f1(words, found) >= 0.97, reader
        assert order(words, found) >= 0.95, reader


def _plain(text: str) -> str:
    """Return a text without accents, which the English model does not know."""
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
