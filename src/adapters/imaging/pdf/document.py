"""Opening of a PDF with PDFium, whose count of pages is the one that holds, because it is PDFium that renders them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import pikepdf
from pypdfium2 import PdfDocument, PdfiumError, PdfPage, raw

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure


@contextmanager
def opened(file: BinaryIO) -> Iterator[PdfDocument]:
    """Yield the document, with the values of its forms. Raises ``EngineFailure``."""
    try:
        document = PdfDocument(file)
    except PdfiumError as error:
        raise EngineFailure(_why(file, error)) from error
    try:
        document.init_forms()  # before the first page is loaded, or fields without an appearance stay empty
        yield document
    finally:
        document.close()


def shown_page(document: PdfDocument, number: int) -> PdfPage:
    """Return a page, counted from 1, with a crop that shows something. Raises ``PdfiumError`` for one that is missing.

    PDFium shows nothing of a page whose crop lies beside it; other viewers show all of it, as it does itself where the
    crop is empty.
    """
    page = document[number - 1]
    if min(page.get_size()) <= 0:
        page.set_cropbox(*page.get_mediabox())
    return page


def _why(file: BinaryIO, error: PdfiumError) -> ItemErrorCode:
    """Return why PDFium does not open a file; of a document without pages it repeats the last error, or success."""
    file.seek(0)
    try:
        with pikepdf.open(file, suppress_warnings=True) as document:
            return ItemErrorCode.PDF_DAMAGED if len(document.pages) else ItemErrorCode.NO_PAGES
    except pikepdf.PasswordError:
        return ItemErrorCode.PDF_ENCRYPTED
    except Exception:  # noqa: BLE001 - a damaged file causes all kinds of errors
        for_certificates = error.err_code == raw.FPDF_ERR_SECURITY  # which qpdf calls damage
        return ItemErrorCode.PDF_ENCRYPTED if for_certificates else ItemErrorCode.PDF_DAMAGED
