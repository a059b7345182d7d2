"""The histories of owners in memory."""

from collections.abc import Sequence
from datetime import datetime

from ocrcore.domain.key_entry import KeyEntry
from ocrcore.ports.history_log import HistoryLog


class MemoryHistoryLog(HistoryLog):
    """A log that is gone with the process."""

    #: By owner, instant and event id.
    entries: dict[tuple[str, datetime, str], KeyEntry]

    def __init__(self) -> None:
        self.entries = {}

    def write(self, entries: Sequence[KeyEntry]) -> Sequence[bool]:
        """Accept all."""
        self.entries.update({(entry.owner, entry.at, entry.event_id): entry for entry in entries})
        return [True] * len(entries)
