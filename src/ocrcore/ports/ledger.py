"""The ledger: the rows as they are, for whoever examines them; nothing is taken on trust here."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from ocrcore.domain.account import Account, Standing
from ocrcore.domain.lifecycle import ItemStatus

#: Before every id that is in use.
NIL: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands among all items: by job, then position."""

    job_id: UUID
    position: int


#: Before every item.
BEGINNING: Final = Place(NIL, -1)


@dataclass(frozen=True, slots=True)
class Entry:
    """An item's row, as far as other parts can be compared with it: without its text."""

    place: Place
    item_id: UUID
    s3_key: str
    #: From 1, within its file.
    page: int
    status: ItemStatus
    attempts: int
    attempts_limit: int
    lease_until: datetime | None
    #: An ``ItemErrorCode``, as far as rows can be trusted.
    error_code: str | None
    has_text: bool
    engine: str | None
    layout_key: str | None
    finished_at: datetime | None


class Ledger(Protocol):
    """Pages of rows, of all owners; to read all of them takes as much memory as one page."""

    @abstractmethod
    def accounts(self, after: UUID, limit: int) -> Sequence[Account]:
        """Return jobs, drafts too, with ids above ``after``, by id.

        Row and items may be of different moments, while a job is at work.
        """

    @abstractmethod
    def entries(self, after: Place, limit: int) -> Sequence[Entry]:
        """Return items beyond the place, by job and position."""

    @abstractmethod
    def balance(self, job_id: UUID, decide: Callable[[Account], Standing | None]) -> Account:
        """Lock the job's row, count its items, and make the row say what ``decide`` returns, if anything.

        Return the account that ``decide`` was given; row and items are of one moment in it. ``decide`` may call the
        clock, no other port, and may be called again from the start. Raises as ``Jobs.transact`` does.
        """
