"""Give what was open in a copy of the database its time again, after the copy was put in place of the database.

Deadlines, leases and the lifetime of drafts ran on while the copy lay. Without this, upkeep would expire jobs that were
finished after the copy, fail pages whose last attempt was under way then, and delete drafts that were submitted since,
with their documents.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Literal
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.doctor.row_scan import all_jobs, items_of
from ocrcore.application.upkeep.each_job import Decision, decide_each
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.job_row import JobRow
from ocrcore.domain.lifecycle import OPEN_JOBS, ItemStatus
from ocrcore.ports.jobs import JobTransaction

_Kind = Literal["job", "draft", "skipped"]


def give_time_anew(context: Context) -> Iterator[Finding]:
    """Give every open job and every draft its whole time, and give running attempts back; no process may run.

    Yields one finding, or none if there is no such job. Doing it again does no harm: it is the same time from then on.
    """
    given: Counter[_Kind] = Counter()
    for row in all_jobs(context):
        kind: _Kind | None = "draft" if row.submitted_at is None else "job" if row.stored.status in OPEN_JOBS else None
        if kind is not None:
            skipped = decide_each(context, [(row.job_id, _time_anew(context, _running(context, row)))])
            given["skipped" if skipped else kind] += 1
    if given:
        seen = f"{given['job']} open jobs and {given['draft']} drafts have their whole time again"
        seen += f"; {given['skipped']} were skipped, as the log says" if given["skipped"] else ""
        yield Finding(FindingKind.RESTORED, seen, number=given.total(), repaired=not given["skipped"])


def _running(context: Context, row: JobRow) -> list[UUID]:
    return [item.item_id for item in items_of(context, row.job_id) if item.status is ItemStatus.PROCESSING]


def _time_anew(context: Context, running: list[UUID]) -> Decision:
    def decide(transaction: JobTransaction) -> None:
        now = context.clock.now()
        found = [item for item_id in running if (item := transaction.item(item_id)) is not None]
        changes = [(item, item.given_back(item.attempts, now)) for item in found]
        job = transaction.job.with_time_anew(now).moved(changes, now)
        transaction.save(job, *(after for _, after in changes))

    return decide
