"""PDFs with damage drawn by seed: no page is lost without a word, and no worker with it."""

import io
import threading
import zlib
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta

import pikepdf
import pytest

from adapters.engines.engine import ChildEngine
from adapters.engines.inspection import ChildInspector
from adapters.engines.pdf_writer import ChildPdfWriter
from adapters.engines.pool import ChildPool
from adapters.imaging.imaging import HeaderImaging
from digital_pdfs import PROSE, lines, page, saved
from fuzzing.documents import WHOLE, damaged
from inspected import as_file
from ocrcore.domain.codes import ItemWarning
from ocrcore.domain.errors import NoPages, PdfDamaged, PdfEncrypted, Refusal, UnsupportedImage
from ocrcore.domain.options import JobOptions
from ocrcore.ports.engine import EngineFailure, Page
from ocrcore.ports.imaging import Header, Imaging
from ocrcore.testing.patience import FOREVER
from ocrcore.testing.pdf_writer import a_pdf_page, written
from pdf_readers import pdfium_pages

DAMAGED = 400
#: One damaged document in so many is recognised.
_READ = 10
#: One in so many is written into a PDF.
_WRITTEN = 4


@pytest.fixture(scope="module")
def imaging() -> Iterator[Imaging]:
    inspector = ChildInspector(lambda: ChildPool(None))
    yield HeaderImaging(inspector)
    inspector.close()


@pytest.fixture(scope="module")
def engine() -> Iterator[ChildEngine]:
    with ChildEngine("tesserocr", max_pixels=2_000_000) as engine:
        yield engine


def inspected(imaging: Imaging, content: bytes) -> Header | Refusal:
    try:
        return imaging.inspect(io.BytesIO(content))
    except Refusal as refusal:
        return refusal


def read(engine: ChildEngine, page: Page) -> str:
    try:
        engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    except EngineFailure as failure:
        return failure.code
    return "read"


def test_no_page_of_a_damaged_pdf_is_lost_without_a_word(imaging: Imaging) -> None:
    pages = {case.path: case.expect["pages"] for case in WHOLE}
    for seed in range(DAMAGED):
        path, content = damaged(seed)
        header = inspected(imaging, content)
        if isinstance(header, Header):
            assert header.pages == pages[path] or header.warnings, seed
        else:
            assert isinstance(header, PdfDamaged | PdfEncrypted | NoPages | UnsupportedImage), seed


def test_a_damaged_pdf_costs_its_own_pages_at_most(imaging: Imaging, engine: ChildEngine) -> None:
    first = engine._started[0].pid
    for seed in range(0, DAMAGED, _READ):
        _, content = damaged(seed)
        header = inspected(imaging, content)
        pages = header.pages if isinstance(header, Header) else 1
        with as_file(content) as source:
            found = {read(engine, Page(source, number)) for number in range(1, pages + 1)}
        assert found <= {"read", "pdf-damaged", "pdf-encrypted", "no-pages", "unsupported-image"}, seed
    assert engine._started[0].pid == first


def test_every_damaged_pdf_that_is_accepted_becomes_a_pdf_with_its_text(imaging: Imaging) -> None:
    with closing(ChildPdfWriter(lambda: ChildPool(None))) as writer:
        for seed in range(0, DAMAGED, _WRITTEN):
            _, content = damaged(seed)
            header = inspected(imaging, content)
            if isinstance(header, Header):
                document, numbers = (content, "pdf"), range(1, header.pages + 1)
                texts = pdfium_pages(written(writer, *(a_pdf_page(document, "word", number=each) for each in numbers)))
                assert [bool(text.strip()) for text in texts] == [True] * header.pages, seed


@pytest.mark.parametrize("pdf_text", ["auto", "ocr"])
def test_half_a_page_is_read_with_a_warning(imaging: Imaging, engine: ChildEngine, pdf_text: str) -> None:
    with pikepdf.open(io.BytesIO(page(lines(PROSE)))) as pdf:
        contents = pdf.pages[0].obj.Contents
        whole = zlib.compress(contents.read_bytes())
        contents.write(whole[: len(whole) * 2 // 3], filter=pikepdf.Name.FlateDecode)
        content = saved(pdf)
    assert inspected(imaging, content) == Header("pdf", 1)
    with as_file(content) as source:
        asked = Page(source, 1, JobOptions(pdf_text=pdf_text))
        layout = engine.recognise(asked, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    assert layout.engine.startswith("tesserocr")
    assert (layout.text[:13], layout.warnings) == ("The quarterly", (ItemWarning.PAGES_LOST,))
    assert "Kyiv" not in layout.text
