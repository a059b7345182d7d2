"""Check that due work gets done. Work that has been due for long shows that upkeep does not run."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.recover import forgotten_cutoffs
from ocrcore.application.upkeep.upkeep import upkeep_once
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.time_limits import DRAFT_LIFE

#: Work that has been due for less than this, or for fewer periods of upkeep than that, may be in progress.
_SHORTEST_DELAY: Final = timedelta(minutes=1)
_PERIODS: Final = 3
#: Most runs of upkeep in a repair; each step of a run handles up to ten thousand rows.
_MOST_RUNS: Final = 20

#: Returns the jobs that have due work of one kind: at most BATCH rows, longest due first; None for work of no job.
_Look = Callable[[Context, datetime], Sequence[UUID | None]]

_LOOKS: Final[Mapping[FindingKind, tuple[str, _Look]]] = MappingProxyType(
    {
        FindingKind.UNSENT_MESSAGES: (
            "messages wait to be sent",
            lambda context, due: [order.task.job_id for order in context.outbox.waiting(BATCH, before=due)],
        ),
        FindingKind.UNSENT_AUDIT: (
            "entries wait to be written to the audit log",
            lambda context, due: [
                row.entry.job_id for row in context.audit_outbox.waiting(BATCH) if row.entry.at <= due
            ],
        ),
        FindingKind.UNSENT_HISTORIES: (
            "entries of owners' histories wait to be written to the audit log",
            lambda context, due: [None for entry in _unlogged(context) if entry.at <= due],
        ),
        FindingKind.OVERDUE_JOBS: (
            "open jobs are past their deadline",
            lambda context, due: context.due_work.overdue(due, BATCH),
        ),
        FindingKind.LAPSED_LEASES: (
            "leases lapsed",
            lambda context, due: [job_id for job_id, _ in context.due_work.lapsed(due, BATCH)],
        ),
        FindingKind.FORGOTTEN_ITEMS: (
            "items wait without a message, as far as is known",
            lambda context, due: [job_id for job_id, _ in context.due_work.forgotten(forgotten_cutoffs(due), BATCH)],
        ),
        FindingKind.OLD_DRAFTS: (
            "drafts are older than a day",
            lambda context, due: context.due_work.drafts(due - DRAFT_LIFE, BATCH),
        ),
        FindingKind.OLD_UPLOADS: (
            "jobs have uploads that are to be removed",
            lambda context, due: context.due_work.uploads(due, BATCH),
        ),
        FindingKind.OLD_JOBS: (
            "finished jobs are kept no longer",
            lambda context, due: context.due_work.kept(due, BATCH),
        ),
        FindingKind.UNINDEXED_PAGES: (
            "pages are not in the search index",
            lambda context, due: [job_id for job_id, _ in context.due_work.unindexed(due, BATCH)],
        ),
        FindingKind.OLD_TOMBSTONES: (
            "tombstones are due",
            lambda context, due: [stone.job_id for stone in context.due_work.tombstones(due, BATCH)],
        ),
    }
)

#: The kinds of findings about work that is late.
LATE_KINDS: Final = frozenset(_LOOKS)


def patience(context: Context) -> timedelta:
    """Return how long work may be due before it is a finding."""
    return max(_SHORTEST_DELAY, _PERIODS * context.policy.upkeep_period)


def examine_upkeep(context: Context, *, repair: bool) -> Iterator[Finding]:
    """Yield overdue work of upkeep, one finding for each kind. A repair does the work."""
    late = _late(context)
    if not (late and repair):
        yield from late.values()
        return
    left = _catch_up(context)
    yield from (replace(finding, repaired=True) for kind, finding in late.items() if kind not in left)
    yield from left.values()


def _unlogged(context: Context) -> Sequence[KeyEntry]:
    return [] if context.history_log is None else context.api_keys.unlogged(BATCH)


def _late(context: Context) -> dict[FindingKind, Finding]:
    due = context.clock.now() - patience(context)
    found = {}
    for kind, (words, look) in _LOOKS.items():
        if job_ids := look(context, due):
            found[kind] = _finding(kind, words, job_ids)
    return found


def _finding(kind: FindingKind, words: str, job_ids: Sequence[UUID | None]) -> Finding:
    number = f"{len(job_ids)} or more" if len(job_ids) >= BATCH else str(len(job_ids))
    return Finding(kind, f"{number} {words}", job_id=job_ids[0], number=len(job_ids))


def _catch_up(context: Context) -> dict[FindingKind, Finding]:
    """Run upkeep until nothing is late or a run does nothing; return what is still late."""
    left: dict[FindingKind, Finding] = {}
    for _ in range(_MOST_RUNS):
        did_something = any(upkeep_once(context).values())
        left = _late(context)
        if not left or not did_something:
            break
    return left
