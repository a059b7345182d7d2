"""Quotas: how many open items and stored bytes an owner may have.

The sums over the owner's jobs are read in the transaction that adds to them, without a lock in the database, so two
transactions at once may each find room for itself. Within a process the requests of an owner take turns to add
something. So what an owner has exceeds a quota by at most one request for each process that serves. Where there is no
quota, nothing is read.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

from ocrcore.application.context import Context
from ocrcore.domain.errors import DatabaseUnavailable, QuotaExceeded
from ocrcore.domain.limits import LimitPolicy
from ocrcore.ports.jobs import JobTransaction

#: Seconds that a request waits for its turn.
_PATIENCE: Final = 3.0


def check_quota(context: Context, owner: str, *, items: int, size: int) -> None:
    """Raise ``QuotaExceeded`` if these items and bytes are too many now: before files are stored in vain."""
    quotas = context.policy.quotas
    if quotas.any_set:
        quotas.check(context.jobs.usage(owner), items=items, size=size)


def require_quota(context: Context, transaction: JobTransaction, *, items: int, size: int) -> None:
    """Raise ``QuotaExceeded`` if these items and bytes of the job are too many, beside the owner's other jobs."""
    quotas = context.policy.quotas
    if quotas.any_set:
        quotas.check(transaction.usage(), items=items, size=size)


@contextmanager
def adding(context: Context, owner: str) -> Iterator[None]:
    """Let no other thread add anything for the owner, where there is a quota: read the sums, and commit, within it.

    Raises ``DatabaseUnavailable`` if those before it do not end.
    """
    if not context.policy.quotas.any_set:
        yield
        return
    with ExitStack() as turn:
        try:
            turn.enter_context(context.quota_turns.of(owner, patience=_PATIENCE))
        except TimeoutError as error:
            msg = "Other submissions of the owner do not end."
            raise DatabaseUnavailable(msg) from error
        yield


@contextmanager
def counting_refusals(context: Context) -> Iterator[None]:
    """Count a refusal by a quota, outside of the transaction, which may run several times."""
    try:
        yield
    except QuotaExceeded as refusal:
        context.meter.refused(LimitPolicy(refusal.policy))
        raise
