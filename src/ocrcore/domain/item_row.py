"""Raw item rows for consistency checks, and the contradictions that they may contain."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus


@dataclass(frozen=True, slots=True)
class Place:
    """The position of an item among all items: by job, then position; the cursor of a row scan."""

    job_id: UUID
    position: int


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item's row without its text; :class:`ocrcore.domain.item.Item` describes the fields."""

    place: Place
    item_id: UUID
    s3_key: str
    #: From 1, within its file.
    page: int
    status: ItemStatus
    attempts: int
    attempts_limit: int
    lease_until: datetime | None
    #: An ``ItemErrorCode``, if the row is valid.
    error_code: str | None
    #: Whether there is a text, which may be empty.
    has_text: bool
    engine: str | None
    layout_key: str | None
    finished_at: datetime | None
    #: Whether it counts as being in the search index.
    is_indexed: bool = False


def contradictions(row: ItemRow) -> Iterator[str]:
    """Yield the contradictions in a row, each as the end of the sentence "the item is DONE, and ...".

    Every transition writes these fields in one statement, so a healthy item has none at any moment. A PROCESSING item
    without a lease and a DONE item without a layout are separate findings and not yielded here.
    """
    done, ended = row.status is ItemStatus.DONE, row.status not in OPEN_ITEMS
    if done and not (row.has_text and row.engine):
        yield "has no text, or no engine that read it"
    if not done and row.has_text:
        yield "has a text"
    if (row.error_code in set(ItemErrorCode)) is not (row.status is ItemStatus.ERROR):
        yield f"its error code is {row.error_code or 'missing'}"
    if ended is not (row.finished_at is not None):
        yield "has no end" if ended else "has ended"
    if row.lease_until is not None and row.status is not ItemStatus.PROCESSING:
        yield "is held by a worker"
    if not _least(row) <= row.attempts <= row.attempts_limit:
        yield f"has begun {row.attempts} of {row.attempts_limit} attempts"


def _least(row: ItemRow) -> int:
    return 1 if row.status in {ItemStatus.DONE, ItemStatus.PROCESSING} else 0
