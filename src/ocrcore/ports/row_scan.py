"""The row scan: raw rows of jobs and items, page by page, for consistency checks."""

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Final, Protocol
from uuid import UUID

from ocrcore.domain.item_row import ItemRow, Place
from ocrcore.domain.job_row import JobRow, StoredState

#: Sorts before every id that is in use.
NIL: Final = UUID(int=0)
#: Sorts before every item.
BEGINNING: Final = Place(NIL, -1)


class RowScan(Protocol):
    """Pages of rows, of all owners. Reading all of them takes as much memory as one page."""

    @abstractmethod
    def jobs(self, after: UUID, limit: int) -> Sequence[JobRow]:
        """Return jobs, drafts too, with ids above ``after``, by id.

        A job's row and the count of its items may be of different moments while it is processed.
        """

    @abstractmethod
    def items(self, after: Place, limit: int) -> Sequence[ItemRow]:
        """Return items beyond the place, by job and position."""

    @abstractmethod
    def correct(self, job_id: UUID, decide: Callable[[JobRow], StoredState | None]) -> JobRow:
        """Lock the job's row, count its items, and write the state that ``decide`` returns, if any.

        Returns the row that ``decide`` was given; its counts are of the same moment. ``decide`` may call the clock, no
        other port, and may be called again from the start. Raises as ``Jobs.transact`` does.
        """
