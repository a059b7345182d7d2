"""Examine: whether every job's row says what its items are."""

from collections.abc import Iterator

from ocrcore.application.context import Context
from ocrcore.application.progress import Watch
from ocrcore.application.walk_ledger import all_accounts
from ocrcore.domain.account import Account, Standing
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.finding import Finding, FindingKind


def examine_counts(context: Context, watch: Watch, *, repair: bool) -> Iterator[Finding]:
    """Yield the jobs whose counts, status or end contradict their items; only the lock on the row decides.

    A repair makes the row say what its items are, unless items are missing: a lower total would hide that.
    """
    for number, account in enumerate(all_accounts(context), 1):
        watch("jobs", number)
        if not account.agrees(context.clock.now()):
            yield from _examine_locked(context, account, repair=repair)


def _examine_locked(context: Context, suspect: Account, *, repair: bool) -> Iterator[Finding]:
    def decide(account: Account) -> Standing | None:
        now = context.clock.now()
        wrong = not account.agrees(now) and not account.lacks_items
        return account.due(now) if wrong and repair else None

    try:
        account = context.ledger.balance(suspect.job_id, decide)
    except JobNotFound:
        return  # deleted since
    now = context.clock.now()
    if account.agrees(now):
        return
    seen = f"its row says {account.said}; its items say {account.due(now)}"
    kind = FindingKind.MISSING_ITEMS if account.lacks_items else FindingKind.WRONG_COUNTS
    yield Finding(kind, seen, job_id=account.job_id, repaired=repair and not account.lacks_items)
