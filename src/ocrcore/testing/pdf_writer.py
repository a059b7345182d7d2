"""The contract of ``PdfWriter``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from ocrcore.domain.layout import Layout
from ocrcore.ports.documents import BytesSource, DocumentMissing, Source
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.pdf_writer import PdfPage, PdfWriter
from ocrcore.testing.builders import a_layout


@dataclass(frozen=True, slots=True)
class PdfSamples:
    """Sample files for one adapter, none of which has text that can be copied."""

    #: A picture, and the extension of its key.
    picture: tuple[bytes, str]
    #: A document of two pages, and the extension of its key.
    document: tuple[bytes, str]
    #: A picture that cannot be decoded.
    corrupt: tuple[bytes, str]
    #: Returns the text of each page of a PDF.
    read: Callable[[bytes], Sequence[str]]


class PdfWriterContract:
    """The contract of ``PdfWriter``. Override the fixtures."""

    @pytest.fixture
    def writer(self) -> PdfWriter:
        """Return the adapter under test."""
        raise NotImplementedError

    @pytest.fixture
    def samples(self) -> PdfSamples:
        """Return sample files for it."""
        raise NotImplementedError

    def test_pages_come_in_order_with_their_text(self, writer: PdfWriter, samples: PdfSamples) -> None:
        pages = [
            a_pdf_page(samples.picture, "one"),
            *document_of(samples, "two", "three"),
            a_pdf_page(samples.picture, "four", file=2),
        ]
        assert samples.read(written(writer, *pages)) == ["one", "two", "three", "four"]

    def test_a_document_may_be_there_in_part(self, writer: PdfWriter, samples: PdfSamples) -> None:
        assert samples.read(written(writer, document_of(samples, "one", "two")[1])) == ["two"]

    def test_a_page_without_text_stays_a_page(self, writer: PdfWriter, samples: PdfSamples) -> None:
        pages = [a_pdf_page(samples.picture, None), *document_of(samples, "two", None)]
        assert samples.read(written(writer, *pages)) == ["", "two", ""]

    def test_a_page_without_text_stays_a_page_though_it_cannot_be_decoded(
        self, writer: PdfWriter, samples: PdfSamples
    ) -> None:
        pages = [a_pdf_page(samples.picture, "one"), a_pdf_page(samples.corrupt, None, file=2)]
        assert samples.read(written(writer, *pages)) == ["one", ""]

    def test_a_page_with_text_that_cannot_be_decoded_is_refused(self, writer: PdfWriter, samples: PdfSamples) -> None:
        with pytest.raises(EngineFailure):
            written(writer, a_pdf_page(samples.corrupt, "one"))

    @pytest.mark.parametrize("kind", ["picture", "document"])
    def test_a_page_without_text_stays_a_page_though_its_file_is_missing(
        self, writer: PdfWriter, samples: PdfSamples, kind: str
    ) -> None:
        gone = PdfPage(f"gone.{getattr(samples, kind)[1]}", 1, missing, None)
        assert samples.read(written(writer, gone, a_pdf_page(samples.picture, "two"))) == ["", "two"]

    @pytest.mark.parametrize("kind", ["picture", "document"])
    def test_a_page_with_text_whose_file_is_missing_is_refused(
        self, writer: PdfWriter, samples: PdfSamples, kind: str
    ) -> None:
        gone = PdfPage(f"gone.{getattr(samples, kind)[1]}", 1, missing, a_layout)
        with pytest.raises(DocumentMissing):
            written(writer, a_pdf_page(samples.picture, "one"), gone)

    def test_what_reading_a_layout_raises_is_raised(self, writer: PdfWriter, samples: PdfSamples) -> None:
        def lost() -> Layout:
            raise KeyError

        with pytest.raises(KeyError):
            written(writer, PdfPage(f"a.{samples.picture[1]}", 1, lambda: BytesSource(samples.picture[0]), lost))

    def test_the_same_pages_give_the_same_bytes(self, writer: PdfWriter, samples: PdfSamples) -> None:
        pages = [a_pdf_page(samples.picture, "one"), *document_of(samples, "two", "three")]
        assert written(writer, *pages) == written(writer, *pages)

    def test_every_file_is_closed(self, writer: PdfWriter, samples: PdfSamples) -> None:
        source = _Watched(samples.picture[0])
        written(writer, PdfPage(f"a.{samples.picture[1]}", 1, lambda: source, a_layout))
        assert source.closed

    @pytest.mark.parametrize(("kind", "numbers"), [("document", (1, 2)), ("picture", (1, 1))])
    def test_a_file_is_opened_once_for_all_its_pages(
        self, writer: PdfWriter, samples: PdfSamples, kind: str, numbers: Sequence[int]
    ) -> None:
        content, extension = getattr(samples, kind)
        opened = []

        def open_file() -> Source:
            opened.append(kind)
            return BytesSource(content)

        written(writer, *(PdfPage(f"a.{extension}", number, open_file, a_layout) for number in numbers))
        assert opened == [kind]


class _Watched(Source):
    """A source that knows whether it is closed."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.closed = False

    @property
    def size(self) -> int:
        """The number of bytes."""
        return len(self._content)

    def read(self) -> bytes:
        """Return all bytes."""
        return self._content

    def fileno(self) -> None:
        """Return None."""

    def close(self) -> None:
        """Note it."""
        self.closed = True


def a_pdf_page(sample: tuple[bytes, str], text: str | None, *, file: int = 1, number: int = 1) -> PdfPage:
    """Return a page of a sample file, with a text if there is one."""
    content, extension = sample
    read = None if text is None else lambda: a_layout(text)
    return PdfPage(f"jobs/{file}.{extension}", number, lambda: BytesSource(content), read)


def document_of(samples: PdfSamples, first: str | None, second: str | None) -> Sequence[PdfPage]:
    """Return the two pages of the document with these texts."""
    return [a_pdf_page(samples.document, text, number=number) for number, text in enumerate((first, second), 1)]


def missing() -> Source:
    """Raise ``DocumentMissing``."""
    raise DocumentMissing


def written(writer: PdfWriter, *pages: PdfPage, archival: bool = False) -> bytes:
    """Return the PDF of these pages."""
    return b"".join(writer.write(iter(pages), "title", archival=archival))
