"""Writes to logs: an entry with which a log fails does not stop the others."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.errors import Unavailable
from ocrcore.domain.key_entry import KeyEntry

Entry = TypeVar("Entry", bound=AuditEntry | KeyEntry)

_log = logging.getLogger(__name__)


def write_each(write: Callable[[Sequence[Entry]], Sequence[bool]], entries: Sequence[Entry]) -> Sequence[bool | None]:
    """Write entries and return for each whether it was accepted; None if the log fails with it, which is logged.

    A log that fails with a batch gets each half of it, and so on, until the entries are found with which it fails. What
    was written before may be written again. Raises ``Unavailable`` at once, because the next write would fail too.
    """
    if not entries:
        return []
    try:
        return write(entries)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001 - one invalid entry must not keep all the others out of the log
        half = len(entries) // 2
        if half:
            return [*write_each(write, entries[:half]), *write_each(write, entries[half:])]
        _log.exception("the log fails with an entry", extra={"event_id": entries[0].event_id})
        return [None]
