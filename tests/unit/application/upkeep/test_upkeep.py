import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.queue import MemoryQueue
from ocrcore import LOCAL_OWNER, Counts, ItemErrorCode, ItemStatus, Job, JobStatus, OcrService, Policy, Step
from ocrcore.application.upkeep.upkeep import PROMPT, STEPS
from ocrcore.domain.errors import (
    DatabaseUnavailable,
    JobNotFound,
    QueueUnavailable,
    StorageUnavailable,
)
from ocrcore.domain.job import Tombstone
from ocrcore.domain.task import Task
from ocrcore.ports.jobs import Lease
from ocrcore.ports.queue import Outgoing
from worlds import World, uploads


def abandon(world: World, job: Job) -> None:
    """Let a worker claim the job's item and vanish."""
    world.receive()
    while world.worker.has_waiting:
        world.claim()
    assert world.job(job).status is JobStatus.PROCESSING


def test_an_overdue_job_expires_at_the_instant_and_not_before() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=30))
    world.tick(seconds=30, microseconds=-1)
    world.service.upkeep_once()
    assert world.database.jobs[job.id].status is JobStatus.PENDING
    world.tick(microseconds=1)
    world.service.upkeep_once()
    assert world.database.jobs[job.id].status is JobStatus.EXPIRED


def test_whoever_watches_sees_each_round_of_a_step() -> None:
    world, rounds = World(), []
    for _ in range(101):
        world.submit(expires_in=timedelta(seconds=30))
    world.tick(seconds=30)
    world.service.upkeep_once(lambda: rounds.append("round"))
    assert len(rounds) > len(STEPS)


def test_a_worker_knows_how_many_pages_it_reads() -> None:
    world = World()
    world.submit()
    world.receive()
    assert world.worker.reading == 0
    attempt = world.claim()
    assert world.worker.reading == 1
    assert world.worker.cached_bytes > 0
    world.worker.recognise(attempt)
    assert world.worker.reading == 0


def test_a_vanished_workers_item_waits_again() -> None:
    world = World()
    job = world.submit()
    abandon(world, job)
    world.tick(seconds=60)
    world.service.upkeep_once()
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.PENDING, 1)
    world.process_all()
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.DONE, 2)


def test_a_lease_that_was_renewed_meanwhile_does_not_keep_the_next_from_being_taken_back() -> None:
    world = World()
    job = world.submit("A", "B")
    abandon(world, job)
    renewed, lapsed = world.items(job)
    world.tick(seconds=60)
    due = world.context.due_work.lapsed(world.clock.now(), 10)
    world.context.jobs.renew([Lease(renewed.id, 1)], world.clock.now() + timedelta(seconds=1))
    world.context.due_work.__dict__["lapsed"] = lambda *_: sorted(due, key=lambda pair: pair[1] == lapsed.id)
    world.service.upkeep_once()
    assert [item.status for item in world.items(job)] == [ItemStatus.PROCESSING, ItemStatus.PENDING]


def test_an_item_that_got_a_message_meanwhile_does_not_get_another() -> None:
    world = World()
    job = world.submit("A", "B")
    world.tick(minutes=15)
    due = world.context.due_work.forgotten([world.clock.now()], 10)
    world.context.due_work.__dict__["forgotten"] = lambda *_: due
    assert world.service.upkeep_once()["requeue_forgotten_once"] == 2
    world.service.upkeep_once()
    assert [item.requeues for item in world.items(job)] == [1, 1]


def test_a_message_goes_with_its_owner_and_its_request() -> None:
    world = World()
    sent: list[Outgoing] = []
    send = world.context.queue.send

    def noted(messages: Sequence[Outgoing]) -> Sequence[bool]:
        sent.extend(messages)
        return send(messages)

    world.context.queue.__dict__["send"] = noted
    job = world.service.of("ana").submit(uploads("A"), request_id="request-1")
    (item,) = world.context.jobs.items(job.id, None, -1, 2)
    task = Task(job.id, item.id, "memory", item.s3_key, item.queued_at)
    assert sent == [Outgoing(task.to_json(), "ana", "request-1", str(job.id))]
    world.tick(minutes=15)
    world.service.upkeep_once()
    world.tick(seconds=5)
    world.service.upkeep_once()
    assert [(message.group, message.request_id) for message in sent] == [("ana", "request-1")] * 2


def test_a_lease_that_is_alive_is_left_alone() -> None:
    world = World()
    job = world.submit()
    abandon(world, job)
    world.tick(seconds=60, microseconds=-1)
    world.service.upkeep_once()
    assert world.item(job).status is ItemStatus.PROCESSING


def test_a_worker_that_vanishes_every_time_ends_in_too_many_attempts() -> None:
    world = World(Policy(max_attempts=2))
    job = world.submit()
    for _ in range(2):
        abandon(world, job)
        world.tick(seconds=60)
        world.service.upkeep_once()
    assert world.item(job).error_code is ItemErrorCode.TOO_MANY_ATTEMPTS
    assert world.job(job).status is JobStatus.ERROR


def test_a_lost_message_is_replaced_after_a_quarter_of_an_hour_and_then_ever_more_seldom() -> None:
    world = World()
    world.submit()
    sent = []
    for minute in range(1, 60 * 8):
        world.tick(minutes=1)
        world.service.upkeep_once()
        messages = world.messages()
        if messages:
            sent.append(minute)
            world.context.queue.delete([message.receipt for message in messages])
    # the first message is that of the submission; each later one is sent by the upkeep after the one that ordered it
    assert sent == [1, 16, 46, 106, 226, 466]


def test_a_message_that_waits_in_the_outbox_is_not_ordered_again() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"), times=200)
    world.submit()
    for _ in range(100):
        world.tick(minutes=15)
        world.service.upkeep_once()
    assert len(world.database.orders) == 1


def test_a_retry_forgets_how_often_messages_were_lost() -> None:
    world = World()
    job = world.submit()
    world.tick(minutes=15)
    world.service.upkeep_once()
    assert world.item(job).requeues == 1
    world.owned.cancel(job.id)
    world.owned.retry(job.id)
    assert world.item(job).requeues == 0


def test_the_relay_leaves_young_rows_to_whoever_wrote_them() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"))
    world.submit()
    world.tick(seconds=5, microseconds=-1)
    world.service.upkeep_once()
    assert not world.messages()
    world.tick(microseconds=1)
    world.service.upkeep_once()
    assert len(world.messages()) == 1
    assert not world.database.orders


def test_only_accepted_messages_leave_the_outbox() -> None:
    world = World()
    world.queue.before("send", QueueUnavailable("away"))
    world.submit("A", "B", "C")
    send = world.context.queue.send
    accepted = iter([[True, False, True], [True]])
    world.context.queue.__dict__["send"] = lambda messages: (send(messages), next(accepted))[1]
    world.tick(seconds=5)
    world.service.upkeep_once()
    assert len(world.database.orders) == 1
    world.service.upkeep_once()
    assert not world.database.orders


def test_the_documents_of_a_deleted_job_go_though_the_store_was_away() -> None:
    world = World()
    job = world.submit()
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(job.id)
    assert world.context.documents.keys("", 10)
    world.service.upkeep_once()
    assert not world.context.documents.keys("", 10)


def test_documents_are_looked_for_again_after_an_items_time_and_when_the_tombstone_goes() -> None:
    world = World()
    job = world.submit()
    world.owned.delete(job.id)
    late(world, job)
    world.tick(seconds=120)
    world.service.upkeep_once()
    assert not world.context.documents.keys("", 10)
    late(world, job)
    world.tick(days=15)
    world.service.upkeep_once()
    assert not world.context.documents.keys("", 10)
    assert world.context.tombstones.get(job.id) is None


def late(world: World, job: Job) -> None:
    """Write a document of a job as a slow worker would."""
    world.context.documents.put(f"jobs/{job.id}/late.layout.json.gz", io.BytesIO(b"late"))


def test_a_draft_is_deleted_after_a_day_with_its_documents_and_leaves_a_tombstone() -> None:
    world = World()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.submit()
    (draft,) = world.database.jobs
    world.tick(hours=24)
    world.service.upkeep_once()
    assert draft in world.database.jobs
    world.tick(seconds=1)
    world.service.upkeep_once()
    assert not world.database.jobs
    assert not world.context.documents.keys("", 10)
    now = world.clock.now()
    assert world.context.tombstones.get(draft) == Tombstone(
        draft, LOCAL_OWNER, deleted_at=now, purge_at=now + timedelta(seconds=120), purges=1, is_unindexed=True
    )


def test_a_draft_that_goes_leaves_its_tombstone_where_the_store_is_away() -> None:
    world = World()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.submit()
    (draft,) = world.database.jobs
    world.tick(hours=24, seconds=1)
    world.documents.before("keys", StorageUnavailable("away"))
    world.service.upkeep_once()
    now = world.clock.now()
    assert world.context.tombstones.get(draft) == Tombstone(draft, LOCAL_OWNER, deleted_at=now, purge_at=now)
    assert len(world.context.documents.keys("", 10)) == 1


def test_a_submitted_job_is_never_taken_for_a_draft() -> None:
    world = World()
    job = world.submit()
    world.tick(hours=25)
    world.service.upkeep_once()
    assert world.job(job).id == job.id


def test_one_service_that_is_away_does_not_stop_the_other_steps() -> None:
    world = World()
    overdue = world.submit(expires_in=timedelta(seconds=1))
    world.queue.before("send", QueueUnavailable("away"))
    world.submit()
    world.queue.before("send", QueueUnavailable("away"))
    world.tick(seconds=5)
    world.service.upkeep_once()
    assert world.database.jobs[overdue.id].status is JobStatus.EXPIRED


@pytest.mark.parametrize("seconds", [1, 60, 900, 90_000])
def test_a_job_deleted_under_its_hands_does_not_trouble_upkeep(seconds: int) -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=1) if seconds == 1 else None)
    if seconds == 60:
        abandon(world, job)
    world.tick(seconds=seconds)
    world.jobs.before("transact", JobNotFound())
    world.service.upkeep_once()
    assert world.service.upkeep_once()


def test_a_job_deleted_under_its_hands_does_not_keep_the_next_from_expiring() -> None:
    world = World()
    jobs = [world.submit(expires_in=timedelta(seconds=1)) for _ in range(2)]
    world.tick(seconds=1)
    world.jobs.before("transact", JobNotFound())
    world.service.upkeep_once()
    assert {world.database.jobs[job.id].status for job in jobs} == {JobStatus.PENDING, JobStatus.EXPIRED}


def test_a_backlog_longer_than_one_batch_is_worked_off_at_once() -> None:
    world = World()
    jobs = [world.submit(expires_in=timedelta(seconds=1)) for _ in range(150)]
    world.tick(seconds=1)
    assert world.service.upkeep_once()["expire_once"] == 150
    assert {world.database.jobs[job.id].status for job in jobs} == {JobStatus.EXPIRED}


def test_idle_upkeep_finds_nothing() -> None:
    assert set(World().service.upkeep_once().values()) == {0}


def test_nobody_receives_what_is_not_there() -> None:
    assert World().receive() is Step.IDLE


def test_a_step_that_fails_does_not_end_the_upkeep_of_the_others() -> None:
    world = World()
    world.submit(expires_in=timedelta(seconds=1))
    lapsed = world.submit()
    abandon(world, lapsed)
    world.tick(seconds=60)
    world.jobs.before("transact", ValueError("a row that nobody foresaw"))
    world.service.upkeep_once()
    assert world.item(lapsed).status is ItemStatus.PENDING


def miscount(world: World, job: Job) -> None:
    stored = world.database.jobs[job.id]
    world.database.jobs[job.id] = replace(stored, counts=Counts(total=2, pending=1, done=1))


def test_a_job_that_contradicts_its_items_does_not_keep_the_next_from_expiring(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    wrong, right = (world.submit("A", "B", expires_in=timedelta(seconds=1)) for _ in range(2))
    miscount(world, wrong)
    world.tick(seconds=2)
    world.service.upkeep_once()
    assert world.database.jobs[right.id].status is JobStatus.EXPIRED
    assert [record.job_id for record in caplog.records if record.exc_info] == [str(wrong.id)]  # type: ignore[attr-defined] # an extra


def test_a_job_that_contradicts_its_items_does_not_keep_the_next_from_its_message() -> None:
    world = World()
    wrong, right = world.submit("A", "B", expires_in=timedelta(seconds=1000)), world.submit()
    miscount(world, wrong)
    world.service.upkeep_once()
    world.tick(seconds=1000)
    world.service.upkeep_once()
    assert world.item(right).requeues == 1


class SilentQueue(MemoryQueue):
    """A queue that is waited for in vain, for six seconds."""

    def __init__(self, clock: MemoryClock) -> None:
        super().__init__(clock)
        self._hands = clock

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        self._hands.advance(timedelta(seconds=6))
        raise QueueUnavailable(str(len(messages)))


def test_a_queue_that_is_waited_for_in_vain_does_not_delay_expiry() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=10))
    context = replace(world.context, queue=SilentQueue(world.clock))
    other = OcrService(context).of(LOCAL_OWNER).submit(uploads("A"))
    assert world.clock.now() < job.sqs_retention_deadline
    assert OcrService(context).upkeep_once()["expire_once"] == 1
    assert world.database.jobs[job.id].status is JobStatus.EXPIRED
    assert world.database.jobs[other.id].status is JobStatus.PENDING


def test_what_needs_the_database_alone_comes_first() -> None:
    assert STEPS[: len(PROMPT)] == PROMPT
