"""Results as the formats see them: pages with their text at hand, and their layout when a format asks for it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout


@dataclass(frozen=True, slots=True)
class PageResult:
    """A page that was recognised."""

    item: Item
    #: Reads the layout from the store. Raises ``LayoutLost``, and ``JobNotFound`` if the job was deleted meanwhile.
    read_layout: Callable[[], Layout]

    @property
    def text(self) -> str:
        """The recognised text; needs no layout."""
        return self.item.ocr_text or ""


@dataclass(frozen=True, slots=True)
class JobResult:
    """A finished job and its good pages, in order, read one by one."""

    job: Job
    #: Iterating may raise what ``PageResult.read_layout`` raises.
    pages: Iterator[PageResult]
