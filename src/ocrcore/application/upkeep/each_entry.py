"""Writes to logs: an entry with which a log fails does not stop the others."""

import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from ocrcore.application.by_halves import by_halves
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.key_entry import KeyEntry

Entry = TypeVar("Entry", bound=AuditEntry | KeyEntry)

_log = logging.getLogger(__name__)


def write_each(write: Callable[[Sequence[Entry]], Sequence[bool]], entries: Sequence[Entry]) -> Sequence[bool | None]:
    """Write entries and return for each whether it was accepted; None if the log fails with it, which is logged.

    What was written before a failure may be written again. Raises ``Unavailable`` at once.
    """
    return by_halves(write, entries, _give_up)


def _give_up(entry: AuditEntry | KeyEntry) -> Sequence[None]:
    _log.exception("the log fails with an entry", extra={"event_id": entry.event_id})
    return [None]
