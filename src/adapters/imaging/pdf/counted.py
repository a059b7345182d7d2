"""The pages of a PDF as PDFium counts them, for qpdf.

The two agree about a whole document. Of a damaged one PDFium counts a page that is missing, and qpdf does not; PDFium
believes a number of pages that is wrong, and qpdf does not; and what one of them repairs, the other may leave. PDFium
draws the pages, so it is right about which one is which. Where they differ, PDFium writes the pages that are wanted
into a document of their own, about which there is no doubt.
"""

import io
import math
from collections.abc import Sequence
from itertools import groupby
from typing import BinaryIO, Final

from pikepdf import Pdf
from pypdfium2 import PdfDocument, PdfiumError

from adapters.imaging.pdf.page_boxes import shown_size

#: How far two programs may be apart that compute the same size.
_ALIKE: Final = 1e-3
#: The size of a page of which nothing is known, in points: Letter, as viewers do.
_UNKNOWN: Final = (612.0, 792.0)


def is_there(document: PdfDocument, number: int) -> bool:
    """Return whether there is a page of this number, counted from 1; one that is counted may be missing."""
    return _size(document, number) is not None


def are_alike(document: PdfDocument, pdf: Pdf, numbers: Sequence[int]) -> bool:
    """Return whether qpdf has the same pages under these numbers.

    Both number the pages in the order of one tree, so they do as long as none is missing before.
    """
    pages = pdf.pages
    if len(document) != len(pages) or max(numbers) > len(pages):
        return False
    if not all(is_there(document, number) for number in range(1, max(numbers) + 1)):
        return False
    return all(_sizes_alike(_size(document, number), shown_size(pages[number - 1])) for number in numbers)


def alone(document: PdfDocument, numbers: Sequence[int]) -> BinaryIO:
    """Return a document of these pages, as PDFium writes it; one that is missing is blank. Raises ``PdfiumError``."""
    out = io.BytesIO()
    written = PdfDocument.new()
    try:
        for are_there, run in groupby(numbers, lambda number: is_there(document, number)):
            if are_there:
                written.import_pages(document, [number - 1 for number in run])
                continue
            for _ in run:
                written.new_page(*_UNKNOWN).close()
        written.save(out)
    finally:
        written.close()
    out.seek(0)
    return out


def _size(document: PdfDocument, number: int) -> tuple[float, float] | None:
    if not 1 <= number <= len(document):
        return None
    try:
        width, height = document.get_page_size(number - 1)
    except PdfiumError:
        return None
    return width, height


def _sizes_alike(counted: tuple[float, float] | None, other: tuple[float, float]) -> bool:
    """Return whether sizes are the same; PDFium has none for a page that is cropped to nothing."""
    if counted is None or min(counted) <= 0:
        return counted is not None
    return all(math.isclose(one, two, rel_tol=_ALIKE) for one, two in zip(counted, other, strict=True))
