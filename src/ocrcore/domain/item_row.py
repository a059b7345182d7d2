"""What an item's row may say: the fields that belong to each status, for rows that nobody vouches for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.lifecycle import OPEN_ITEMS, ItemStatus


class ItemRow(Protocol):
    """An item as it is stored; see :class:`ocrcore.domain.item.Item` for what the fields mean."""

    @property
    def status(self) -> ItemStatus:
        """Where it stands."""

    @property
    def attempts(self) -> int:
        """Claims so far."""

    @property
    def attempts_limit(self) -> int:
        """How many there may be."""

    @property
    def lease_until(self) -> datetime | None:
        """Until when a worker holds it."""

    @property
    def has_text(self) -> bool:
        """Whether there is a text, which may be empty."""

    @property
    def engine(self) -> str | None:
        """What read it."""

    @property
    def error_code(self) -> str | None:
        """Why it failed."""

    @property
    def finished_at(self) -> datetime | None:
        """When it ended."""


def contradictions(row: ItemRow) -> Iterator[str]:
    """Yield what in the row cannot be true together, each as the end of the sentence "the item is DONE, and ...".

    Every step writes these fields in one statement, so none of this is ever seen of a healthy item, at no moment.
    A PROCESSING item without a lease, and a DONE one without a layout, are not told here.
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
