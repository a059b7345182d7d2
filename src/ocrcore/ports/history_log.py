"""The log outside the database that gets the histories of owners, too."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from ocrcore.domain.key_entry import KeyEntry


class HistoryLog(Protocol):
    """An append-only log, as :class:`~ocrcore.ports.audit.Audit` is for jobs. The service only writes to it."""

    @abstractmethod
    def write(self, entries: Sequence[KeyEntry]) -> Sequence[bool]:
        """Write any number of entries and return for each whether it was accepted. Accepted entries are durable.

        Idempotent: an entry with the same owner, instant and event id is replaced. Raises ``Unavailable`` only if no
        entry is known to have been accepted.
        """
