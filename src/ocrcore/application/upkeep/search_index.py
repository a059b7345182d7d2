"""The search index, kept complete: pages that it lacks are added, and those of deleted jobs are removed.

A page is added by the transaction that finishes it, and removed before the first purge of its job. What is left for
upkeep comes from release 0.1, which knows no index (pages from before the upgrade, pages that its workers finish and
jobs that it deletes while both releases run), and from processes that were killed between a deletion and its purge.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from ocrcore.application.context import BATCH, Context
from ocrcore.application.upkeep.each_job import Decision, decide_each
from ocrcore.domain.job import Tombstone
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.ports.jobs import JobTransaction

#: Most pages that one transaction adds, and rows that one removes.
_PAGES: Final = 20
#: Most transactions of one call that removes rows.
_MOST_ROUNDS: Final = 20


def index_pages_once(context: Context) -> int:
    """Add pages that the index lacks; return how many were found."""
    due = context.due_work.unindexed(context.clock.now(), BATCH)
    by_job: dict[UUID, list[UUID]] = defaultdict(list)
    for job_id, item_id in due:
        by_job[job_id].append(item_id)
    parts = ((job_id, ids[at : at + _PAGES]) for job_id, ids in by_job.items() for at in range(0, len(ids), _PAGES))
    decide_each(context, ((job_id, add_pages(part)) for job_id, part in parts))
    return len(due)


def add_pages(item_ids: Sequence[UUID]) -> Decision:
    """Return a decision that adds those of these items of a job that the index lacks."""

    def decide(transaction: JobTransaction) -> None:
        items = [item for item_id in item_ids if (item := transaction.item(item_id)) is not None]
        lacking = [item for item in items if item.status is ItemStatus.DONE and not item.is_indexed]
        if lacking:
            transaction.index([SearchPage.read(item, transaction.job.owner) for item in lacking])
            transaction.save(transaction.job, *(replace(item, is_indexed=True) for item in lacking))

    return decide


def remove_pages(context: Context, tombstone: Tombstone) -> bool:
    """Remove the pages of a deleted job, a few at a time; return whether none is left.

    Of a large job some are left to the next call, so that no request and no step of upkeep takes long.
    """
    if tombstone.is_unindexed:
        return True
    return any(context.search.remove(tombstone.job_id, _PAGES) < _PAGES for _ in range(_MOST_ROUNDS))
