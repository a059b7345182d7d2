"""Check that every job's row agrees with its items."""

from collections.abc import Iterator

from ocrcore.application.context import Context
from ocrcore.application.doctor.progress import Watch
from ocrcore.application.doctor.row_scan import all_jobs
from ocrcore.domain.errors import JobNotFound
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.job_row import JobRow, StoredState


def examine_counts(context: Context, watch: Watch, *, repair: bool) -> Iterator[Finding]:
    """Yield the jobs whose counts, status or end contradict their items, as verified under the lock of the row.

    A repair sets the row to the state that follows from the items, unless items are missing: a lower total would hide
    the loss.
    """
    for number, row in enumerate(all_jobs(context), 1):
        watch("jobs", number)
        if not row.is_consistent(context.clock.now()):
            yield from _examine_locked(context, row, repair=repair)


def _examine_locked(context: Context, suspect: JobRow, *, repair: bool) -> Iterator[Finding]:
    def decide(row: JobRow) -> StoredState | None:
        now = context.clock.now()
        wrong = not row.is_consistent(now) and not row.lacks_items
        return row.expected(now) if wrong and repair else None

    try:
        row = context.row_scan.correct(suspect.job_id, decide)
    except JobNotFound:
        return  # deleted since
    now = context.clock.now()
    if row.is_consistent(now):
        return
    seen = f"its row says {row.stored}; its items say {row.expected(now)}"
    kind = FindingKind.MISSING_ITEMS if row.lacks_items else FindingKind.WRONG_COUNTS
    yield Finding(kind, seen, job_id=row.job_id, repaired=repair and not row.lacks_items)
