"""The row scan: raw rows of jobs and items, page by page, for consistency checks."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, Protocol
from uuid import UUID

from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job_row import JobRow, StoredState

#: Sorts before every used id.
NIL: Final = UUID(int=0)
#: Sorts before every item.
BEGINNING: Final = Place(NIL, -1)


class RowScan(Protocol):
    """Rows of all owners, with keyset pagination: a full scan needs the memory of one page."""

    @abstractmethod
    def jobs(self, after: UUID, limit: int) -> Sequence[JobRow]:
        """Return jobs, including drafts, with ids above ``after``, by id.

        While a job is processed, its row and the count of its items may be of different moments.
        """

    @abstractmethod
    def items(self, after: Place, limit: int) -> Sequence[ItemRow]:
        """Return items after the place, by job and position."""

    @abstractmethod
    def correct(self, job_id: UUID, decide: Callable[[JobRow], StoredState | None]) -> JobRow:
        """Lock the job's row, count its items, and write the state that ``decide`` returns, if any.

        Returns the row that ``decide`` received; its stored state and counts are of the same moment. ``decide`` calls
        no port except the clock, and may be called again from the start. Raises as ``Jobs.transact`` does.
        """
