"""Reports of processes, and the number of open pages."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from ocrcore.domain.fleet import BeingRead, Totals, Volume, WorkerReport


class Workers(Protocol):
    """Reports are information for users and operators. While a worker of release 0.1 is live, no document is taken."""

    @abstractmethod
    def report(self, report: WorkerReport) -> None:
        """Store the report in place of the process's previous one."""

    @abstractmethod
    def reports(self, limit: int) -> Sequence[WorkerReport]:
        """Return up to ``limit`` reports, newest first."""

    @abstractmethod
    def forget(self, before: datetime) -> None:
        """Delete reports older than ``before``."""

    @abstractmethod
    def volume(self) -> Volume:
        """Return the open items of all owners; cheap enough for every response."""

    @abstractmethod
    def totals(self) -> Totals:
        """Return the numbers by status, including zeros; may be slow with many jobs."""

    @abstractmethod
    def being_read(self, limit: int) -> Sequence[BeingRead]:
        """Return up to ``limit`` items of all owners that are PROCESSING, by the instant of their claim, then by id.

        Of more, any may be missing. Cheap: it reads an index, and at most that many rows.
        """

    @abstractmethod
    def read_by_minute(self, since: datetime) -> Mapping[datetime, int]:
        """Return how many items of all owners became DONE in each minute, by the begin of the minute.

        Counted are items that finished at or after ``since``. A minute without any is missing, as are items that were
        deleted since. Cheap for an hour: it reads an index, one entry for each item.
        """
