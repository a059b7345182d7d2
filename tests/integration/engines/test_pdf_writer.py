"""PDFs that the children write."""

import io
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import pikepdf
import pytest
from pypdfium2 import PdfDocument

import pictures
from adapters.engines.pdf_writer import ChildPdfWriter
from adapters.engines.pool import ChildPool
from documents_cases import FILES
from limited_disk import limited_disk
from ocrcore.domain.errors import DocumentsBusy, NotPdfA, StorageFull
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.pdf_writer import PdfPage
from ocrcore.testing.patience import FOREVER, eventually
from ocrcore.testing.pdf_writer import PdfSamples, PdfWriterContract, a_pdf_page, written
from overlaid import with_kids
from pdf_readers import pdfium_pages

PICTURE = (pictures.png("HELLO"), "png")


def read(pdf: bytes) -> Sequence[str]:
    return [text.strip() for text in pdfium_pages(pdf)]


def two_pages() -> bytes:
    """Return a document without text."""
    pdf, file = pikepdf.Pdf.new(), io.BytesIO()
    for _ in range(2):
        pdf.add_blank_page(page_size=(100, 50))
    pdf.save(file)
    return file.getvalue()


@pytest.fixture(scope="module")
def children() -> Iterator[ChildPdfWriter]:
    writer = ChildPdfWriter(lambda: ChildPool(None, slots=2))
    yield writer
    writer.close()


class TestChildPdfWriter(PdfWriterContract):
    @pytest.fixture
    def writer(self, children: ChildPdfWriter) -> ChildPdfWriter:
        return children

    @pytest.fixture
    def samples(self) -> PdfSamples:
        return PdfSamples(PICTURE, (two_pages(), "pdf"), (pictures.damaged_png("HELLO"), "png"), read)


def test_pages_of_many_files_are_joined_in_order(children: ChildPdfWriter) -> None:
    document = (two_pages(), "pdf")
    pages = [a_pdf_page(document, str(number), file=number) for number in range(70)]
    assert read(written(children, *pages)) == [str(number) for number in range(70)]


def test_a_damaged_document_without_any_text_becomes_empty_pages(children: ChildPdfWriter) -> None:
    damaged = ((FILES / "pdf-truncated.pdf").read_bytes(), "pdf")
    pages = [a_pdf_page(damaged, None, number=1), a_pdf_page(damaged, None, number=2), a_pdf_page(PICTURE, "a", file=2)]
    assert read(written(children, *pages)) == ["", "", "a"]


def test_a_damaged_document_with_text_is_refused(children: ChildPdfWriter) -> None:
    with pytest.raises(EngineFailure):
        written(children, a_pdf_page(((FILES / "pdf-truncated.pdf").read_bytes(), "pdf"), "text"))


def with_a_layer_that_is_off(*, promised: int) -> bytes:
    """Return a document of two pages that says it has so many, of which only the document tells what is not shown."""
    with pikepdf.open(io.BytesIO(two_pages())) as pdf:
        layer = pdf.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name=pikepdf.String("layer")))
        for number, page in enumerate(pdf.pages, 1):
            page.obj.Resources = pikepdf.Dictionary(Properties=pikepdf.Dictionary(L=layer))
            page.obj.Contents = pdf.make_stream(b"/OC /L BDC 0 0 90 40 re f EMC 0 0 %d 9 re f" % (20 * number))
        off = pikepdf.Dictionary(OFF=pikepdf.Array([layer]))
        pdf.Root.OCProperties = pikepdf.Dictionary(OCGs=pikepdf.Array([layer]), D=off)
        pdf.save(file := io.BytesIO())
    return with_kids(file.getvalue(), [0, 1], promised)


def test_a_document_that_is_too_damaged_to_be_added_to_becomes_pictures_with_its_text(
    children: ChildPdfWriter,
) -> None:
    whole, damaged = ((with_a_layer_that_is_off(promised=count), "pdf") for count in (2, 3))
    texts = {1: "one", 2: "two", 3: None}
    pages = [a_pdf_page(damaged, text, number=number) for number, text in texts.items()]
    pdf = written(children, *pages, a_pdf_page(PICTURE, "other", file=2))
    assert read(pdf) == ["one", "two", "", "other"]
    assert [dark_share(pdf, number) for number in range(2)] == pytest.approx(
        [dark_share(whole[0], number) for number in range(2)], abs=0.01
    )


def dark_share(pdf: bytes, number: int) -> float:
    """Return which part of a page is dark."""
    document = PdfDocument(pdf)
    try:
        picture = document[number].render(scale=2).to_pil().convert("L")
        return float(sum(picture.histogram()[:128]) / (picture.width * picture.height))
    finally:
        document.close()


def test_pictures_can_be_archived(children: ChildPdfWriter) -> None:
    pages = [a_pdf_page(PICTURE, "Ünï 発票"), a_pdf_page((pictures.turned_jpeg("HELLO"), "jpg"), "two", file=2)]
    pdf = written(children, *pages, archival=True)
    assert read(pdf) == ["Ünï 発票", "two"]
    with pikepdf.open(io.BytesIO(pdf)) as opened, opened.open_metadata() as metadata:
        assert metadata.pdfa_status == "2B"


def test_a_document_with_fonts_of_the_viewer_cannot_be_archived_and_the_reason_is_told(
    children: ChildPdfWriter,
) -> None:
    pages = [a_pdf_page(((FILES / "pdf-mixed-pages.pdf").read_bytes(), "pdf"), "text")]
    with pytest.raises(NotPdfA, match="font"):
        written(children, *pages, archival=True)


def test_after_its_end_it_is_busy() -> None:
    writer = ChildPdfWriter(lambda: ChildPool(None))
    written(writer, a_pdf_page(PICTURE, "one"))
    writer.close()
    with pytest.raises(DocumentsBusy):
        written(writer, a_pdf_page(PICTURE, "one"))


def test_a_pdf_that_is_not_taken_leaves_no_file_open(children: ChildPdfWriter) -> None:
    before = open_files()
    pieces = children.write(iter([a_pdf_page(PICTURE, "one")]), "title")
    next(pieces)
    pieces.close()  # type: ignore[attr-defined] # it is a generator
    assert open_files() == before


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def endless(opened: list[int]) -> Iterator[PdfPage]:
    """Yield pages without end, and note each."""
    for number in count():
        opened.append(number)
        yield a_pdf_page(PICTURE, "one", file=number)


def test_a_pdf_that_nobody_waits_for_any_more_is_not_written_on(children: ChildPdfWriter) -> None:
    before, pages = open_files(), list[int]()
    pieces = children.write(endless(pages), "title")
    assert eventually(lambda: next(pieces) == b"" and len(pages) > 3)
    pieces.close()  # type: ignore[attr-defined] # it is a generator
    written_by_then = len(pages)
    assert read(written(children, a_pdf_page(PICTURE, "two"))) == ["two"]
    assert len(pages) == written_by_then
    assert open_files() <= before + 1  # a child that was replaced may be starting


def test_a_pdf_has_its_time_and_the_next_one_is_written() -> None:
    limits = timedelta(seconds=3), timedelta()
    with closing(ChildPdfWriter(lambda: ChildPool(None, slots=2), *limits)) as writer:
        with pytest.raises(DocumentsBusy, match="takes too long"):
            b"".join(writer.write(endless([]), "title"))
        assert read(written(writer, a_pdf_page(PICTURE, "two"))) == ["two"]


def test_a_long_pdf_has_more_time_with_each_page() -> None:
    limit, begun, pages = 1.0, time.monotonic(), list[int]()

    def slow() -> Iterator[PdfPage]:
        for page in endless(pages):
            if time.monotonic() - begun > 2 * limit:
                return
            yield page
            time.sleep(limit / 4)

    limits = timedelta(seconds=limit), timedelta(seconds=FOREVER)
    with closing(ChildPdfWriter(lambda: ChildPool(None, slots=2), *limits)) as writer:
        content = b"".join(writer.write(slow(), "title"))
    assert read(content) == ["one"] * (len(pages) - 1)


def test_a_short_pdf_does_not_wait_for_long_ones(children: ChildPdfWriter) -> None:
    with ExitStack() as open_writers:
        for _ in range(5):
            pieces = children.write(endless([]), "title")
            next(pieces)
            open_writers.callback(pieces.close)  # type: ignore[attr-defined] # it is a generator
        assert read(written(children, a_pdf_page(PICTURE, "two"))) == ["two"]


def test_a_full_disk_is_told_as_what_it_is(
    children: ChildPdfWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = (pictures.noisy_png((1200, 1200), 8, 2, seed=1), "png")
    written(children, a_pdf_page(noise, "one"))
    with limited_disk(tmp_path / "disk") as disk:
        disk.remount("size=64k")
        monkeypatch.setattr("tempfile.tempdir", str(disk.folder))
        with pytest.raises(StorageFull):
            written(children, a_pdf_page(noise, "one"))
    monkeypatch.undo()
    assert written(children, a_pdf_page(PICTURE, "one"))


def test_more_at_once_than_threads_can_wait_are_refused_and_the_next_is_written(children: ChildPdfWriter) -> None:
    with ExitStack() as open_writers:

        def begin(owner: str) -> None:
            pieces = children.write(iter([a_pdf_page(PICTURE, "one")]), "title", owner=owner)
            next(pieces)
            open_writers.callback(pieces.close)  # type: ignore[attr-defined] # it is a generator

        for _ in range(6):
            begin("ana")
        with pytest.raises(DocumentsBusy):  # she has as many as one owner may have
            begin("ana")
        for _ in range(2):
            begin("bob")
        with pytest.raises(DocumentsBusy):
            begin("eve")
    assert read(written(children, a_pdf_page(PICTURE, "one"))) == ["one"]
