"""Time limits and delays that are rules of the service, not settings of the operator."""

from datetime import timedelta
from typing import Final

#: A waiting item gets another message after this long; the interval doubles with each requeue.
FIRST_REQUEUE: Final = timedelta(minutes=15)
#: The lifetime of a draft that is never submitted.
DRAFT_LIFE: Final = timedelta(hours=24)
#: How long the address of an upload is valid.
UPLOAD_LIFE: Final = timedelta(minutes=15)
#: How long after the end of its address an upload, or a copy of it, may still arrive.
UPLOAD_REST: Final = timedelta(minutes=20)
#: Longer than the retention of any message, which SQS limits to 14 days.
TOMBSTONE_LIFE: Final = timedelta(days=15)
#: A worker without a report for this long counts as dead; live ones report at least three times in this time.
REPORT_LIFE: Final = timedelta(seconds=30)
#: Messages that have waited in the outbox for this long count as stuck.
OUTBOX_STUCK: Final = timedelta(seconds=30)
#: A page that waits for longer beside a free slot may have lost its message. A message that a dead worker held is free
#: again sooner.
MESSAGE_LATE: Final = timedelta(minutes=2)
#: How late the renewal of a lease may be before the worker counts as stalled; for short leases, a sixth of the lease.
RENEWAL_LATE: Final = timedelta(seconds=10)
#: A stream of events looks this far back behind what it has seen. A change is committed at most so long after its
#: transaction has read the clock, the largest difference between two clocks included, or the stream misses it.
EVENT_OVERLAP: Final = timedelta(seconds=60)
_FIRST_RETRY_DELAY: Final = timedelta(seconds=10)
_LONGEST_RETRY_DELAY: Final = timedelta(minutes=5)


def retry_delay(attempt: int) -> timedelta:
    """Return the backoff after the ``attempt``-th attempt failed: 10 s, doubling, at most 5 min."""
    return min(_FIRST_RETRY_DELAY * (1 << min(attempt - 1, 10)), _LONGEST_RETRY_DELAY)


def requeue_after(requeues: int) -> timedelta:
    """Return the wait before the next requeue: 15 min x 2^requeues."""
    return FIRST_REQUEUE * (1 << requeues)
