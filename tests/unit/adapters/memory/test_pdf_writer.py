import json
from collections.abc import Sequence

import pytest

from adapters.memory.pdf_writer import MemoryPdfWriter
from ocrcore.domain.errors import NotPdfA
from ocrcore.testing.pdf_writer import PdfSamples, PdfWriterContract, a_pdf_page, written


def read(pdf: bytes) -> Sequence[str]:
    head, *pages = pdf.decode().splitlines()
    assert head == '%PDF "title"'
    return [json.loads(page) for page in pages]


class TestMemoryPdfWriter(PdfWriterContract):
    @pytest.fixture
    def writer(self) -> MemoryPdfWriter:
        return MemoryPdfWriter()

    @pytest.fixture
    def samples(self) -> PdfSamples:
        return PdfSamples((b"PICTURE:ONE", "png"), (b"DOCUMENT:ONE\fTWO", "pdf"), (b"nothing", "png"), read)


def test_a_bmp_is_not_for_archives() -> None:
    with pytest.raises(NotPdfA):
        written(MemoryPdfWriter(), a_pdf_page((b"PICTURE.bmp:ONE", "bmp"), "ONE"), archival=True)
