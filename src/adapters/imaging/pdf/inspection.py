"""The pages of a PDF, and what a person should know about them."""

from collections.abc import Iterator
from typing import BinaryIO, Final

import pikepdf

from adapters.imaging.imaging import MOST_PAGES
from adapters.imaging.pdf.document import opened
from ocrcore.domain.codes import ItemErrorCode, JobWarning
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.imaging import Header

_SIGNATURES_EXIST: Final = 1


def inspect_pdf(file: BinaryIO) -> Header:
    """Return the number of pages and the warnings. Raises ``EngineFailure``."""
    with opened(file) as document:
        pages = len(document)
    if pages == 0:
        raise EngineFailure(ItemErrorCode.NO_PAGES)
    if pages > MOST_PAGES:  # which qpdf would count for seconds
        return Header("pdf", MOST_PAGES + 1)
    return Header("pdf", pages, tuple(_warnings(file, pages)))


def _warnings(file: BinaryIO, pages: int) -> Iterator[JobWarning]:
    """Yield the warnings. What qpdf repairs and PDFium does not, or otherwise, shows in the number of pages."""
    file.seek(0)
    try:
        with pikepdf.open(file, suppress_warnings=True) as document:
            found = [*_about(document)]
            if {len(document.pages), int(document.Root.Pages.get("/Count", pages))} != {pages}:
                found.insert(0, JobWarning.PAGES_LOST)
    except Exception:  # noqa: BLE001 - a damaged file causes all kinds of errors
        found = [JobWarning.PAGES_LOST]
    yield from found


def _about(document: pikepdf.Pdf) -> Iterator[JobWarning]:
    form = document.Root.get("/AcroForm", pikepdf.Dictionary())
    fields = len(form.get("/Fields", []))
    if document.Root.get("/NeedsRendering", False) or ("/XFA" in form and not fields):
        yield JobWarning.XFA
    if "/Collection" in document.Root:
        yield JobWarning.PORTFOLIO
    if int(form.get("/SigFlags", 0)) & _SIGNATURES_EXIST:
        yield JobWarning.SIGNATURE
