"""Results as input of the formats: pages with their text, and with their layout on demand."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Protocol

from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout


class PdfOf(Protocol):
    """Writes a page or a job as PDF."""

    def __call__(self, *, archival: bool) -> Iterator[bytes]:
        """Yield a PDF, or a PDF/A-2b; raises every error before the first piece with bytes, ``NotPdfA`` among them."""
        ...


@dataclass(frozen=True, slots=True)
class PageResult:
    """The result of a recognised page."""

    item: Item
    #: Reads the layout from the store. Raises ``LayoutLost``, and ``JobNotFound`` if the job was deleted meanwhile.
    read_layout: Callable[[], Layout]
    write_pdf: PdfOf

    @property
    def text(self) -> str:
        """The recognised text; needs no layout."""
        return self.item.ocr_text or ""


@dataclass(frozen=True, slots=True)
class JobResult:
    """A finished job and its recognised pages, in order, read lazily."""

    job: Job
    #: Iterating may raise the errors of ``PageResult.read_layout``.
    pages: Iterator[PageResult]
    #: Reads the pages by itself.
    write_pdf: PdfOf
    #: Reads by what the pages were recognised: each engine once, with its version.
    engines: Callable[[], Collection[str]] = tuple
