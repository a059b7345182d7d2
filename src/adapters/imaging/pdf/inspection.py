"""The pages of a PDF, and what a person should know about them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO, Final

import pikepdf
from pikepdf import Array, Dictionary, Name

from adapters.imaging.imaging import MOST_PAGES
from adapters.imaging.pdf.counted import is_there
from adapters.imaging.pdf.document import opened
from ocrcore.domain.codes import ItemErrorCode, JobWarning
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.imaging import Header

_SIGNATURES_EXIST: Final = 1
#: Fields of a form that are looked at.
_MOST_FIELDS: Final = 10_000


def inspect_pdf(file: BinaryIO) -> Header:
    """Return the number of pages and the warnings. Raises ``EngineFailure``."""
    with opened(file) as document:
        pages = len(document)
        if pages == 0:
            raise EngineFailure(ItemErrorCode.NO_PAGES)
        if pages > MOST_PAGES:  # which qpdf would count for seconds
            return Header("pdf", MOST_PAGES + 1)
        are_there = all(is_there(document, number) for number in range(1, pages + 1))
    return Header("pdf", pages, tuple(_warnings(file, pages, are_there=are_there)))


def _warnings(file: BinaryIO, pages: int, *, are_there: bool) -> Iterator[JobWarning]:
    """Yield the warnings. What qpdf repairs and PDFium does not, or otherwise, shows in the number of pages.

    It may be the same in spite of it: of pages that are missing qpdf knows nothing, and finds others in their place.
    """
    file.seek(0)
    found: list[JobWarning] = []
    try:
        with pikepdf.open(file, suppress_warnings=True) as document:
            with suppress(Exception):  # odd entries say nothing of the pages
                found = [*_about(document)]
            if not are_there or {len(document.pages), int(document.Root.Pages.get("/Count", pages))} != {pages}:
                found.insert(0, JobWarning.PAGES_LOST)
    except Exception:  # noqa: BLE001 - a damaged file causes all kinds of errors
        found = [JobWarning.PAGES_LOST]
    yield from found


def _about(document: pikepdf.Pdf) -> Iterator[JobWarning]:
    form = document.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        form = Dictionary()
    fields = form.get("/Fields")
    if not isinstance(fields, Array):
        fields = Array()
    if document.Root.get("/NeedsRendering", False) or ("/XFA" in form and not len(fields)):
        yield JobWarning.XFA
    if "/Collection" in document.Root:
        yield JobWarning.PORTFOLIO
    flags: object = form.get("/SigFlags")
    if (isinstance(flags, int) and flags & _SIGNATURES_EXIST) or any(map(_is_signed, _fields(fields))):
        yield JobWarning.SIGNATURE


def _fields(roots: Array) -> Iterator[Dictionary]:
    """Yield the fields of a form, with those below them, up to a number."""
    left, seen = [*roots], set[tuple[int, int]]()
    while left and len(seen) < _MOST_FIELDS:
        field = left.pop()
        if not isinstance(field, Dictionary) or (field.is_indirect and field.objgen in seen):
            continue
        seen.add(field.objgen if field.is_indirect else (0, len(seen)))
        yield field
        below = field.get("/Kids")
        left.extend(below if isinstance(below, Array) else ())


def _is_signed(field: Dictionary) -> bool:
    return field.get("/FT") == Name.Sig and isinstance(field.get("/V"), Dictionary)
