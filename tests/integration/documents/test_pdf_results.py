"""Searchable PDFs of uploads, through the whole service."""

import io
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

import pictures
from documents_cases import FILES
from entrypoints.library import Session, open_local
from ocrcore import ItemStatus
from ocrcore.domain.errors import NotPdfA
from ocrcore.testing.patience import FOREVER
from pdf_readers import READERS, pdfium_pages
from serving import ocrcore

MIXED = [FILES / name for name in ("pdf-rotate.pdf", "tif-alpha-pages.tif", "gif-animation.gif", "pdf-mixed-pages.pdf")]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with open_local(tmp_path_factory.mktemp("data"), slots=2) as session:
        yield session


@pytest.fixture(scope="module")
def job_id(session: Session) -> str:
    return str(session.wait(session.submit(MIXED).id, timeout=FOREVER).id)


def test_a_job_of_documents_and_pictures_is_one_pdf_with_every_page(
    session: Session, job_id: str, tmp_path: Path
) -> None:
    session.save(job_id, tmp_path / "all.pdf")
    content = (tmp_path / "all.pdf").read_bytes()
    items = session.items(job_id)
    texts = pdfium_pages(content)
    assert len(texts) == len(items) == 16
    for item, text in zip(items, texts, strict=True):
        assert set((item.ocr_text or "").split()) <= set(text.split()), (item.filename, item.page)
    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []


@pytest.mark.parametrize("reader", READERS)
def test_the_words_of_a_page_are_found_by_every_program(
    session: Session, job_id: str, tmp_path: Path, reader: str
) -> None:
    item = next(item for item in session.items(job_id) if item.filename == "tif-alpha-pages.tif")
    session.save_item(item.id, tmp_path / "page.pdf")
    found = READERS[reader]((tmp_path / "page.pdf").read_bytes())
    assert found.split() == (item.ocr_text or "").split()


def test_a_page_that_could_not_be_read_stays_a_page(session: Session, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.png", tmp_path / "bad.png"
    good.write_bytes(pictures.png("HELLO WORLD"))
    bad.write_bytes(pictures.damaged_png("HELLO"))
    job = session.wait(session.submit([bad, good]).id, timeout=FOREVER)
    assert [item.status for item in session.items(job.id)] == [ItemStatus.ERROR, ItemStatus.DONE]
    session.save(job.id, tmp_path / "all.pdf")
    assert [text.split() for text in pdfium_pages((tmp_path / "all.pdf").read_bytes())] == [[], ["HELLO", "WORLD"]]


def test_a_refused_document_is_an_empty_page_and_ends_a_retry_as_it_began(session: Session, tmp_path: Path) -> None:
    locked, cut, good = FILES / "pdf-encrypted-user.pdf", FILES / "pdf-truncated.pdf", tmp_path / "good.png"
    good.write_bytes(pictures.png("HELLO WORLD"))
    job = session.wait(session.submit([locked, good, cut], accept_partial=True).id, timeout=FOREVER)
    codes = [(item.error_code, item.attempts) for item in session.items(job.id)]
    assert codes == [("pdf-encrypted", 0), (None, 1), ("pdf-damaged", 0)]
    session.save(job.id, tmp_path / "all.pdf")
    assert [text.split() for text in pdfium_pages((tmp_path / "all.pdf").read_bytes())] == [[], ["HELLO", "WORLD"], []]
    session.wait(session.retry(job.id).id, timeout=FOREVER)
    codes = [(item.error_code, item.attempts) for item in session.items(job.id)]
    assert codes == [("pdf-encrypted", 1), (None, 1), ("pdf-damaged", 1)]


def test_what_cannot_be_archived_is_refused_and_leaves_no_file(session: Session, job_id: str, tmp_path: Path) -> None:
    with pytest.raises(NotPdfA):
        session.save(job_id, tmp_path / "all.pdf", "pdfa")
    assert list(tmp_path.iterdir()) == []


def test_a_result_comes_as_bytes_too(session: Session, job_id: str, tmp_path: Path) -> None:
    session.save(job_id, tmp_path / "all.pdf")
    assert pdfium_pages(session.result(job_id, "pdf")) == pdfium_pages((tmp_path / "all.pdf").read_bytes())


def test_the_command_writes_the_file_that_it_is_told(tmp_path: Path) -> None:
    ended = ocrcore("ocr", FILES / "pdf-rotate.pdf", "-o", tmp_path / "out.pdf")
    assert (ended.returncode, ended.stdout) == (0, "")
    assert ["ROTATE" in text for text in pdfium_pages((tmp_path / "out.pdf").read_bytes())] == [True] * 4
    refused = ocrcore("ocr", FILES / "pdf-rotate.pdf", FILES / "gif-animation.gif", "-o", tmp_path / "out.pdf")
    assert refused.returncode == 2
    assert "folder" in refused.stderr
