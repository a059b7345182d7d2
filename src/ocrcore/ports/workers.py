"""The reports of the processes, and how much is open."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from ocrcore.domain.fleet import Totals, Volume, WorkerReport


class Workers(Protocol):
    """Reports are hints for people; nothing is decided by them."""

    @abstractmethod
    def report(self, report: WorkerReport) -> None:
        """Keep the report in the place of the process's last one."""

    @abstractmethod
    def reports(self, limit: int) -> Sequence[WorkerReport]:
        """Return the latest reports, the newest first."""

    @abstractmethod
    def forget(self, before: datetime) -> None:
        """Drop reports older than the instant."""

    @abstractmethod
    def volume(self) -> Volume:
        """Return how much is open, of all owners together; cheap enough to be asked with every answer."""

    @abstractmethod
    def totals(self) -> Totals:
        """Return how many there are of each status, zeros included; may take a while where there are many jobs."""
