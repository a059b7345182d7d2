"""Relay of the audit outbox: write its entries to the audit log.

Each change of a job commits its audit entries as rows of the audit outbox, in the same transaction. The relay removes a
row only after the log accepted its entry. A crash in between writes the entry twice, and the log replaces the first.

Every process relays. If all took the oldest rows, each would write the same entries, and together they would be no
faster than one. So where many rows wait, each takes one of several batches at random.
"""

import logging
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.each_entry import write_each
from ocrcore.ports.audit_outbox import UnsentEntry

_log = logging.getLogger(__name__)

#: Most entries that one step deletes.
_DROPPED: Final = 1000
#: The batches that relays choose from where many rows wait; a power of two.
_CHOICE: Final = 32


def relay_audit_once(context: Context) -> int:
    """Write entries of the outbox to the log; return how many were accepted.

    They are the oldest, or, where more than a batch waits, any batch of the oldest thirty-two.
    """
    return _send(context, _batch(context))


def relay_audit_of(context: Context, job_id: UUID) -> None:
    """Write the entries of one job to the log."""
    while _send(context, context.audit_outbox.waiting(BATCH, job_id=job_id)) == BATCH:
        pass


def relay_reads_once(context: Context) -> int:
    """Write noted reads to the log; return how many were accepted. The others are kept for the next time.

    An entry with which the log fails is dropped, and counted: kept, it would be the first of every next time. So are
    reads for which there was no room.
    """
    entries = context.reads.take(BATCH)
    accepted: Sequence[bool | None] = [False] * len(entries)
    try:
        accepted = write_each(context.audit.write, entries)
    finally:
        context.reads.put_back(entry for entry, ok in zip(entries, accepted, strict=True) if ok is False)
    lost = context.reads.take_lost()
    if lost:
        _log.warning("some reads are not in the audit log, because there were too many", extra={"lost": lost})
    for _ in range(accepted.count(None) + lost):
        context.meter.read_lost()
    return accepted.count(True)


def forget_audit_once(context: Context) -> int:
    """Delete entries past the lifetime that the operator configured, those of keys too, and keys that ended before.

    Returns how many entries of jobs were deleted, or how many others if these are more.
    """
    before = context.clock.now() - context.policy.audit_ttl
    return max(context.api_keys.forget(before, _DROPPED), context.audit.forget(before, _DROPPED))


def _batch(context: Context) -> Sequence[UnsentEntry]:
    oldest = context.audit_outbox.waiting(BATCH)
    if len(oldest) < BATCH:
        return oldest
    choice = context.ids.secret(1)[0] % _CHOICE
    while choice:
        rows = context.audit_outbox.waiting(BATCH, skip=choice * BATCH)
        if len(rows) == BATCH:  # a smaller one would end the rounds of this step, and leave the others waiting
            return rows
        choice //= 2
    return oldest


def _send(context: Context, rows: Sequence[UnsentEntry]) -> int:
    """Write the entries of rows to the log. An entry with which the log fails keeps its row, and stops no other."""
    if not rows:
        return 0
    accepted = write_each(context.audit.write, [row.entry for row in rows])
    sent = [row.id for row, was_accepted in zip(rows, accepted, strict=True) if was_accepted]
    context.audit_outbox.remove(sent)
    return len(sent)
