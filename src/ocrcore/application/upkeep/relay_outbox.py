"""Relay of the outbox: send its messages to the queue.

Database and queue share no transaction. A change that needs messages (a submission, a retry, a requeue) therefore
writes them as rows of the *outbox* in its own transaction: both are committed, or neither is. The rows are sent by:

- the **fast path**, :func:`relay_job`: the process that committed sends the job's messages at once.
- the **relay**, :func:`relay_once`: upkeep in every process sends rows that are older than ``FAST_PATH_TIME``, so that
  it does not compete with the fast path.

Both remove a row only after the queue accepted its message. A crash before the send leaves the row, and the relay sends
the message. A crash between send and removal, or a lost response of the queue, sends the message twice. Delivery is
at least once, and claims make duplicates harmless.
"""

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.domain.errors import Unavailable
from ocrcore.ports.outbox import Order
from ocrcore.ports.queue import Outgoing

#: Younger rows are left to the fast path.
FAST_PATH_TIME: Final = timedelta(seconds=5)

_log = logging.getLogger(__name__)


def relay_job(context: Context, job_id: UUID) -> None:
    """Send the messages of one job. If a service is unavailable, they are left to the relay."""
    try:
        while _send(context, context.outbox.waiting(BATCH, job_id=job_id)) == BATCH:
            pass
    except Unavailable:
        about = {"job_id": str(job_id)}
        _log.warning("messages are left to the relay: a service is unavailable", extra=about, exc_info=True)


def relay_once(context: Context) -> int:
    """Send messages that the fast path left, owners in turn; return how many were accepted."""
    before = context.clock.now() - FAST_PATH_TIME
    return _send(context, context.outbox.waiting(BATCH, before=before))


def _send(context: Context, rows: Sequence[Order]) -> int:
    if not rows:
        return 0
    with ExitStack() as spans:
        if context.tracer.records:
            for cause in dict.fromkeys(row.request_id for row in rows):
                spans.enter_context(context.tracer.span("send", cause))
        accepted = context.queue.send(
            [Outgoing(row.task.to_json(), row.owner, row.request_id, str(row.task.job_id)) for row in rows]
        )
    sent = [row.id for row, was_accepted in zip(rows, accepted, strict=True) if was_accepted]
    context.outbox.remove(sent)
    return len(sent)
