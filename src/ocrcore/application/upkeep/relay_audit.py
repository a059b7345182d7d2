"""Relay of the audit log: a row of the audit outbox goes only after the log accepted its entry."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.ports.audit_outbox import UnsentEntry

#: Old entries that one step drops.
_DROPPED: Final = 1000


def relay_audit_once(context: Context) -> int:
    """Write what waits to the log, the oldest first; return how many entries were accepted."""
    return _send(context, context.audit_outbox.waiting(BATCH))


def relay_audit_of(context: Context, job_id: UUID) -> None:
    """Write all that waits of one job to the log."""
    while _send(context, context.audit_outbox.waiting(BATCH, job_id=job_id)) == BATCH:
        pass


def relay_reads_once(context: Context) -> int:
    """Tell the log of reads; return how many were accepted. What was not is told another time."""
    entries = context.reads.take(BATCH)
    accepted: Sequence[bool] = [False] * len(entries)
    try:
        accepted = context.audit.write(entries) if entries else []
    finally:
        context.reads.put_back(entry for entry, ok in zip(entries, accepted, strict=True) if not ok)
    return sum(accepted)


def forget_audit_once(context: Context) -> int:
    """Drop entries that are older than the operator wants; return how many."""
    return context.audit.forget(context.clock.now() - context.policy.audit_ttl, _DROPPED)


def _send(context: Context, rows: Sequence[UnsentEntry]) -> int:
    if not rows:
        return 0
    accepted = context.audit.write([row.entry for row in rows])
    sent = [row.id for row, was_accepted in zip(rows, accepted, strict=True) if was_accepted]
    context.audit_outbox.remove(sent)
    return len(sent)
