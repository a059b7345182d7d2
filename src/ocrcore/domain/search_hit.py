"""A hit of a search."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ocrcore.domain.layout import Box


@dataclass(frozen=True, slots=True)
class Hit:
    """A page that was found."""

    job_id: UUID
    job_name: str
    item_id: UUID
    filename: str
    #: From 1, within its file.
    page: int
    #: One line of its text around what was found.
    snippet: str
    #: Of the words that were found, in reading order; empty if the layout is lost.
    boxes: Sequence[Box]
    #: Of the page in which they lie, in pixels; None if it is unknown.
    width: int | None
    height: int | None
    #: By how many degrees clockwise that page is turned to be read; the boxes are those of the page as it lies.
    rotation: int = 0
