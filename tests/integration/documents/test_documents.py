"""Odd documents, as uploads: each is read right, and written into a PDF right, or refused by its name."""

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pikepdf
import pytest

from documents_cases import CASES, READ, UNSEEN, Case
from entrypoints.library import Session, open_local
from entrypoints.settings import Settings
from ocrcore import ItemStatus, Job
from ocrcore.domain.errors import Refusal
from ocrcore.testing.patience import FOREVER
from pdf_readers import pdfium_pages


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_local(tmp_path_factory.mktemp("data"), slots=2) as session:
        yield session


JobOf = Callable[[Case], Job]
EACH = pytest.mark.parametrize("case", READ, ids=lambda case: case.path.name)
#: Documents that stay as they are, with words in fields, which programs show but do not find as text of the page.
OF_FIELDS = {"pdf-acroform.pdf"}
NAMED = {case.path.name: case for case in CASES}


@pytest.fixture(scope="module")
def job_of(session: Session) -> JobOf:
    """Return a function that returns the finished job of a document, which is read once."""

    @cache
    def job(path: Path) -> Job:
        return session.wait(session.submit([path], engine="tesseract").id, timeout=FOREVER)

    return lambda case: job(case.path)


@pytest.fixture
def pdf_of(session: Session, job_of: JobOf, tmp_path: Path) -> Callable[[Case], bytes]:
    """Return a function that returns the searchable PDF of a document."""

    def pdf(case: Case) -> bytes:
        session.save(job_of(case).id, tmp_path / "out.pdf")
        return (tmp_path / "out.pdf").read_bytes()

    return pdf


@EACH
def test_each_page_of_a_document_is_read(session: Session, job_of: JobOf, case: Case) -> None:
    items = list(session.items(job_of(case).id))
    assert [(item.page, item.status) for item in items] == [
        (number, ItemStatus.DONE) for number in range(1, case.expect["pages"] + 1)
    ]
    for item, words in zip(items, case.words, strict=True):
        assert words is None or set(words) <= set((item.ocr_text or "").split())
        assert words != [] or not item.ocr_text
        assert not UNSEEN.get(case.path.name, set()) & set((item.ocr_text or "").split())
        assert (item.width or 0) * (item.height or 0) <= Settings().max_pixels
    for item, size in zip(items, case.sizes, strict=bool(case.sizes)):
        assert [item.width, item.height] == size
    for item, points in zip(items, case.points, strict=bool(case.points)):
        assert item.dpi is not None
        assert (item.width, item.height) == pytest.approx([side * item.dpi / 72 for side in points], rel=2e-3, abs=2)


@EACH
@pytest.mark.filterwarnings("ignore:pikepdf is missing some specialized decoders")  # of JBIG2
def test_each_page_of_a_document_is_a_page_of_its_pdf(pdf_of: Callable[[Case], bytes], case: Case) -> None:
    content = pdf_of(case)
    texts = pdfium_pages(content)
    assert len(texts) == case.expect["pages"]
    for text, words in zip(texts, case.words, strict=True):
        assert case.path.name in OF_FIELDS or not Counter(words or ()) - Counter(text.split())
        if case.path.name == "pdf-hidden-text-layer.pdf":
            assert not UNSEEN[case.path.name] & set(text.split())
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []
        for page, points in zip(pdf.pages, case.points, strict=bool(case.points)):
            assert shown_size(page) == pytest.approx(points, abs=1)


def shown_size(page: pikepdf.Page) -> list[float]:
    """Return the width and height of a page as viewers show it, in points."""
    box = [float(side) for side in page.cropbox]
    size = [abs(box[2] - box[0]), abs(box[3] - box[1])]
    return size[::-1] if int(page.get("/Rotate", 0)) % 180 else size


def images_of(page: pikepdf.Page) -> list[pikepdf.Object]:
    """Return the pictures of a page."""
    return [*page.get_images().values()]


def streams(content: bytes) -> list[bytes]:
    """Return the data of the pictures of a PDF, as they stand in it."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return [image.read_raw_bytes() for page in pdf.pages for image in images_of(page)]


def test_a_jpeg_of_printers_colours_stays_byte_for_byte_in_a_pdf(pdf_of: Callable[[Case], bytes]) -> None:
    case = NAMED["cmyk-inverted.jpg"]
    content = pdf_of(case)
    assert [hashlib.sha256(data).digest() for data in streams(content)] == [
        hashlib.sha256(case.path.read_bytes()).digest()
    ]
    with pikepdf.open(io.BytesIO(content)) as pdf:
        (image,) = images_of(pdf.pages[0])
        assert [int(bound) for bound in image.Decode.as_list()] == [1, 0] * 4


@pytest.mark.parametrize("name", ["pdf-ccitt-jbig2.pdf", "pdf-hidden-text-layer.pdf"])
def test_the_pictures_of_a_scan_stay_byte_for_byte_in_its_pdf(pdf_of: Callable[[Case], bytes], name: str) -> None:
    case = NAMED[name]
    content, before = pdf_of(case), case.path.read_bytes()
    assert streams(content) == streams(before)
    assert len(content) - len(before) < 20_000


def test_the_words_under_an_old_layer_are_found_once(pdf_of: Callable[[Case], bytes]) -> None:
    (text,) = pdfium_pages(pdf_of(NAMED["pdf-hidden-text-layer.pdf"]))
    assert Counter(text.split())["TRUTH"] == 1


def test_a_picture_without_a_resolution_becomes_a_page_of_a_usual_size(pdf_of: Callable[[Case], bytes]) -> None:
    with pikepdf.open(io.BytesIO(pdf_of(NAMED["png-no-dpi.png"]))) as pdf:
        (page,) = pdf.pages
        assert all(5 <= side / 72 <= 20 for side in shown_size(page))
        (image,) = images_of(page)
        assert int(image.BitsPerComponent) == 1


@pytest.mark.parametrize("case", [case for case in CASES if case.is_refused], ids=lambda case: case.path.name)
def test_a_document_that_cannot_be_read_is_refused_with_its_name(session: Session, case: Case) -> None:
    before = len(list(session.list()))
    with pytest.raises(Refusal) as refused:
        session.submit([case.path])
    assert refused.value.code in case.expect["refusal"]
    assert str(refused.value).startswith(f"File 1 ({case.path.name}): The PDF ")
    assert len(list(session.list())) == before
