"""Relay: what the outbox holds goes to the queue; a row goes only after its message was accepted."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.domain.errors import Unavailable
from ocrcore.ports.outbox import Order
from ocrcore.ports.queue import Outgoing

#: Younger rows are being sent by whoever wrote them.
FAST_PATH_TIME: Final = timedelta(seconds=5)

_log = logging.getLogger(__name__)


def relay_job(context: Context, job_id: UUID) -> None:
    """Send what was just ordered for one job. A failure is no matter: the relay follows."""
    try:
        while _send(context, context.outbox.waiting(BATCH, job_id=job_id)) == BATCH:
            pass
    except Unavailable:
        _log.warning("messages wait in the outbox", extra={"job_id": str(job_id)}, exc_info=True)


def relay_once(context: Context) -> int:
    """Send what has been waiting for a while, owners in turn; return how many messages were accepted."""
    before = context.clock.now() - FAST_PATH_TIME
    return _send(context, context.outbox.waiting(BATCH, before=before))


def _send(context: Context, orders: Sequence[Order]) -> int:
    if not orders:
        return 0
    accepted = context.queue.send([Outgoing(order.task.to_json(), order.owner, order.request_id) for order in orders])
    sent = [order.id for order, was_accepted in zip(orders, accepted, strict=True) if was_accepted]
    context.outbox.remove(sent)
    return len(sent)
