"""Work that upkeep should have done by now, and its repair."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from examined import abandon, assert_mended, findings, left, miscount, settled
from ocrcore import Finding, FindingKind, ItemStatus, JobStatus
from ocrcore.domain.errors import (
    DatabaseUnavailable,
    QueueUnavailable,
    StorageUnavailable,
)
from worlds import World


def assert_reported_worker(world: World) -> None:
    """Let there be a worker, so that it is not missed."""
    world.service.report(worker_id=world.context.ids.new(), kind="worker", host="h", slots=1, seconds_per_page=None)


def test_messages_that_are_not_sent_are_found_after_a_minute_and_sent() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"))
    world.submit()
    world.context.audit_outbox.remove(list(world.database.unsent))
    world.tick(seconds=60, microseconds=-1)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_reported_worker(world)
    assert_mended(world, FindingKind.UNSENT_MESSAGES)
    assert len(world.messages()) == 1


def test_entries_of_the_audit_log_that_wait_are_found_and_written() -> None:
    world, job = settled()
    world.owned.rename(job.id, "new")
    world.tick(minutes=1)
    assert_mended(world, FindingKind.UNSENT_AUDIT)


def test_an_overdue_job_is_found_and_expired() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=1))
    world.service.upkeep_once()
    world.tick(seconds=61, microseconds=-1)
    assert_reported_worker(world)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.OVERDUE_JOBS)
    assert world.database.jobs[job.id].status is JobStatus.EXPIRED


def test_a_lapsed_lease_is_found_and_taken_back() -> None:
    world = World()
    job = world.submit()
    world.service.upkeep_once()
    abandon(world)
    world.service.upkeep_once()
    world.tick(seconds=120, microseconds=-1)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.LAPSED_LEASES)
    assert world.database.items[world.items(job)[0].id].status is ItemStatus.PENDING


def test_a_forgotten_item_is_found_and_gets_another_message() -> None:
    world = World()
    world.submit()
    world.service.upkeep_once()
    world.context.queue.delete([message.receipt for message in world.messages()])
    world.tick(minutes=16, microseconds=-1)
    assert_reported_worker(world)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.FORGOTTEN_ITEMS)
    world.tick(seconds=5)
    world.service.upkeep_once()
    assert len(world.messages()) == 1


def test_a_draft_is_let_alone_for_a_day_and_then_found_and_deleted() -> None:
    world = World()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.submit()
    world.tick(hours=24, minutes=1)
    assert left(world) == []
    world.tick(microseconds=1)
    assert_mended(world, FindingKind.OLD_DRAFTS)
    assert not world.context.documents.keys("", 10)


def test_a_tombstone_that_is_due_is_found_and_looked_at() -> None:
    world, job = settled()
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(job.id)
    world.tick(minutes=1)
    world.context.audit_outbox.remove(list(world.database.unsent))
    assert_mended(world, FindingKind.OLD_TOMBSTONES)
    assert not world.context.documents.keys("", 10)


def test_what_a_repair_cannot_catch_up_with_is_left() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"), times=1000)
    world.submit()
    world.service.upkeep_once()
    world.tick(minutes=1)
    assert_reported_worker(world)
    assert left(world, repair=True) == [FindingKind.UNSENT_MESSAGES]


def test_a_repair_that_gets_nowhere_stops_at_once() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"), times=2)
    world.submit()
    world.service.upkeep_once()
    world.tick(minutes=1)
    assert_reported_worker(world)
    assert left(world, repair=True) == [FindingKind.UNSENT_MESSAGES]  # one run, and so one send
    assert left(world, repair=True) == []


def test_a_repair_goes_on_as_long_as_it_gets_somewhere() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"), times=4)
    world.submit()
    world.submit(expires_in=timedelta(seconds=1))
    world.context.audit_outbox.remove(list(world.database.unsent))
    world.tick(minutes=2)
    assert_reported_worker(world)
    assert left(world) == [FindingKind.UNSENT_MESSAGES, FindingKind.OVERDUE_JOBS]
    world.queue._plans.clear()
    world.queue.before("send", QueueUnavailable("away"))
    assert left(world, repair=True) == []  # the first run sends nothing, and expires the job


def test_a_repair_that_is_done_runs_upkeep_no_more() -> None:
    world = World()
    world.submit(expires_in=timedelta(seconds=1))
    world.tick(minutes=2)
    expired: list[int] = []
    overdue = world.context.due_work.overdue

    def noted(now: datetime, limit: int) -> Sequence[UUID]:
        expired.append(limit)
        return overdue(now, limit)

    world.context.due_work.__dict__["overdue"] = noted
    findings(world, repair=True)
    assert len(expired) == 3  # the look before, one run, and the look after it


def test_a_job_whose_end_nobody_knows_ends_when_it_is_mended() -> None:
    world, job = settled("ALPHA")
    item = world.item(job)
    world.database.items[item.id] = replace(item, finished_at=None)
    miscount(world, job, world.database.jobs[job.id].counts, finished_at=None)
    seen = (
        "its row says DONE, not finished, 1 items: 0 pending, 0 processing, 1 done, 0 error, 0 of them expired;"
        " its items say DONE, finished, 1 items: 0 pending, 0 processing, 1 done, 0 error, 0 of them expired"
    )
    assert findings(world)[0] == Finding(FindingKind.WRONG_COUNTS, seen, job.id)
    world.tick(seconds=1)
    assert findings(world, repair=True)[0].repaired
    assert world.database.jobs[job.id].finished_at == world.clock.now()


def test_a_backlog_of_many_batches_is_caught_up_with() -> None:
    world = World()
    for _ in range(230):
        world.submit(expires_in=timedelta(seconds=1))
    world.tick(minutes=2)
    (overdue,) = (finding for finding in findings(world) if finding.kind is FindingKind.OVERDUE_JOBS)
    assert overdue.seen.startswith("100 or more")
    assert left(world, repair=True) == []


def test_a_longer_period_of_upkeep_is_waited_for() -> None:
    world = World()
    world = World(replace(world.policy, upkeep_period=timedelta(minutes=10)))
    world.submit(expires_in=timedelta(seconds=1))
    world.tick(minutes=29)
    assert left(world) == []
    world.tick(minutes=2)
    assert FindingKind.OVERDUE_JOBS in left(world)
