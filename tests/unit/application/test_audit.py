from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from ocrcore import AuditAction, AuditCursor, AuditEntry, ItemErrorCode, Job, Policy
from ocrcore.application.read_log import CAPACITY, ReadLog
from ocrcore.application.worker.claim_item import claim_item
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import AuditUnavailable, CommitUnknown, DatabaseUnavailable, JobNotFound
from ocrcore.ports.engine import EngineFailure
from ocrcore.testing.builders import a_draft
from worlds import START, World, text_of, uploads

AWAY = AuditUnavailable("away")
READS = {AuditAction.JOB_READ, AuditAction.RESULT_READ}


def story(world: World, job: Job) -> list[AuditEntry]:
    """Return what the timeline tells, without the reads."""
    return [entry for entry in world.owned.timeline(job.id, limit=1000) if entry.action not in READS]


def actions(world: World, job: Job) -> list[str]:
    return [str(entry.action) for entry in story(world, job)]


def reads(world: World) -> list[AuditAction | str]:
    """Return the reads that the log holds."""
    return [entry.action for entry in world.database.audit.values() if entry.action in READS]


def test_a_job_that_failed_was_retried_and_is_done_tells_its_story_in_order() -> None:
    world = World()
    job = world.submit()
    world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    world.process_all()
    world.tick(seconds=9)
    world.owned.retry(job.id)
    world.process_all()
    world.owned.rename(job.id, "at last")
    told = story(world, job)
    assert [(str(entry.action), entry.actor, entry.detail.get("attempt")) for entry in told] == [
        ("job.created", "local", None),
        ("item.claimed", "worker", 1),
        ("item.failed", "worker", 1),
        ("job.retried", "local", None),
        ("item.claimed", "worker", 2),
        ("item.recognised", "worker", 2),
        ("job.renamed", "local", None),
    ]
    assert told[2].detail["code"] == "image-corrupt"
    assert told[3].detail == {"error": 1}


def test_an_attempt_that_failed_for_now_says_why() -> None:
    world = World()
    job = world.submit()
    world.engine.before("recognise", EngineFailure(ItemErrorCode.OCR_TIMEOUT))
    world.process_all()
    last = story(world, job)[-1]
    assert (last.action, last.detail["why"], last.detail["code"]) == (
        AuditAction.ITEM_RELEASED,
        "fault",
        "ocr-timeout",
    )


def test_a_vanished_worker_is_told_by_upkeep() -> None:
    world = World(Policy(max_attempts=1))
    job = world.submit()
    world.receive()
    claim_item(world.context, world.take())
    world.tick(seconds=60)
    world.service.upkeep_once()
    last = story(world, job)[-1]
    assert (last.action, last.actor, last.detail["why"]) == (AuditAction.ITEM_FAILED, "upkeep", "lease-lapsed")


def test_the_end_of_many_items_is_one_entry() -> None:
    world = World()
    job = world.submit("A", "B", "C", expires_in=timedelta(seconds=5))
    cancelled = world.submit("A", "B")
    world.owned.cancel(cancelled.id)
    world.tick(seconds=5)
    assert [entry.detail for entry in story(world, job)] == [{"items": 3}, {"pending": 3}]
    assert actions(world, job) == ["job.created", "job.expired"]
    assert actions(world, cancelled) == ["job.created", "job.cancelled"]


def test_a_deadline_and_a_retry_in_one_transaction_are_told_once_each() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=5))
    world.tick(seconds=5)
    world.owned.retry(job.id)
    assert len(world.database.unsent) == 3
    assert actions(world, job) == ["job.created", "job.expired", "job.retried"]


def test_a_change_that_did_not_commit_is_not_told() -> None:
    world = World()
    job = world.submit()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with pytest.raises(DatabaseUnavailable):
        world.owned.rename(job.id, "new")
    assert actions(world, job) == ["job.created"]


def test_a_change_whose_commit_was_not_answered_is_told_once() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.jobs.after("transact", CommitUnknown("lost"))
    world.worker.work_one()
    assert actions(world, job) == ["job.created", "item.claimed", "item.recognised"]


def test_a_refused_answer_is_not_told() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.owned.cancel(job.id)
    world.worker.work_one()
    assert actions(world, job) == ["job.created", "job.cancelled"]


def test_a_clock_that_steps_back_keeps_the_order_of_causes() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.clock.__dict__["now"] = lambda: START - timedelta(hours=3)
    world.worker.work_one()
    told = story(world, job)
    assert [str(entry.action) for entry in told] == ["job.created", "item.claimed", "item.recognised"]
    assert all(first.at < second.at for first, second in pairwise(told))


def test_no_entry_holds_a_text_or_a_name() -> None:
    world = World()
    job = world.submit("TOPSECRET")
    world.process_all()
    world.owned.rename(job.id, "private")
    world.owned.result(job.id)
    world.owned.delete(job.id)
    world.tick(minutes=1)
    world.service.upkeep_once()
    told = repr(list(world.database.audit.values()))
    assert "item.recognised" in told
    assert not any(word in told for word in ("TOPSECRET", "private", "0.png"))


def test_the_log_outlives_the_job() -> None:
    world = World()
    job = world.submit()
    world.owned.delete(job.id)
    world.service.upkeep_once()
    told = world.context.audit.timeline(job.id, None, 10)
    assert [str(entry.action) for entry in told] == ["job.created", "job.deleted"]
    assert not world.database.unsent


def test_without_the_log_pages_are_read_and_no_entry_is_lost() -> None:
    world = World()
    world.audit.before("write", AWAY, times=3)
    job = world.submit()
    world.service.upkeep_once()
    world.process_all()
    world.service.upkeep_once()
    assert text_of(world.owned.result(job.id)) == "HELLO"
    with pytest.raises(AuditUnavailable):
        world.owned.timeline(job.id)
    world.service.upkeep_once()
    assert not world.database.unsent
    assert actions(world, job) == ["job.created", "item.claimed", "item.recognised"]


def test_only_accepted_entries_leave_the_outbox() -> None:
    world = World()
    for _ in range(3):
        world.submit()
    write = world.context.audit.write
    accepted = iter([[True, False, True], [True]])
    world.context.audit.__dict__["write"] = lambda entries: (write(entries), next(accepted))[1]
    assert world.service.upkeep_once()["relay_audit_once"] == 2
    assert len(world.database.unsent) == 1
    world.service.upkeep_once()
    assert not world.database.unsent


def test_an_entry_that_was_sent_twice_is_told_once() -> None:
    world = World()
    job = world.submit()
    world.audit.after("write", AWAY)
    world.service.upkeep_once()
    assert len(world.database.unsent) == 1
    assert actions(world, job) == ["job.created"]


def test_more_than_a_batch_is_sent_at_once() -> None:
    world = World()
    for _ in range(150):
        world.submit()
    assert world.service.upkeep_once()["relay_audit_once"] == 150


def test_a_timeline_sends_what_waits_of_its_own_job_first() -> None:
    world = World()
    job, other = world.submit(*"ABCDEFGHIJ" * 11), world.submit()
    world.process_all()
    assert len(world.owned.timeline(job.id, limit=1000)) == 1 + 2 * 110
    assert {row.job_id for row in world.database.unsent.values()} == {other.id}


def test_a_timeline_is_read_in_pages() -> None:
    world = World()
    job = world.submit()
    world.process_all()
    first, second = world.owned.timeline(job.id, limit=2)
    after = AuditCursor(second.at, second.event_id)
    (third,) = world.owned.timeline(job.id, after=after)
    assert first.at < second.at < third.at


def test_another_owners_timeline_is_not_shown() -> None:
    world = World()
    with pytest.raises(JobNotFound):
        world.service.of("somebody").timeline(world.submit().id)


def test_old_entries_are_forgotten() -> None:
    world = World(Policy(audit_ttl=timedelta(days=1)))
    world.submit()
    world.service.upkeep_once()
    world.tick(days=1)
    world.service.upkeep_once()
    assert any(entry.at == START for entry in world.database.audit.values())
    world.tick(microseconds=1)
    assert world.service.upkeep_once()["forget_audit_once"] == 1
    assert not any(entry.at == START for entry in world.database.audit.values())


def test_reads_are_told_once_a_minute() -> None:
    world = World()
    job = world.submit()
    for _ in range(3):
        world.owned.get(job.id)
        world.service.upkeep_once()
    assert reads(world) == [AuditAction.JOB_READ]
    world.tick(minutes=1)
    world.owned.get(job.id)
    world.service.upkeep_once()
    assert reads(world) == [AuditAction.JOB_READ] * 2


@pytest.mark.parametrize("verb", ["result", "items"])
def test_who_was_given_a_text_has_read_a_result(verb: str) -> None:
    world = World()
    job = world.submit()
    world.process_all()
    getattr(world.owned, verb)(job.id)
    world.service.upkeep_once()
    assert reads(world) == [AuditAction.RESULT_READ]


def test_a_page_without_a_text_is_no_result() -> None:
    world = World()
    world.items(world.submit())
    world.service.upkeep_once()
    assert reads(world) == [AuditAction.JOB_READ]


def test_a_read_comes_after_what_it_saw() -> None:
    world = World()
    job = world.submit()
    world.process_all()
    world.owned.result(job.id)
    world.service.upkeep_once()
    assert [str(entry.action) for entry in world.owned.timeline(job.id)][-2:] == ["item.recognised", "result.read"]


def test_a_read_waits_and_fails_for_no_log() -> None:
    world = World()
    job = world.submit()
    world.audit.before("write", AWAY, times=2)
    assert world.owned.get(job.id) == job
    world.service.upkeep_once()
    assert reads(world) == []
    world.service.upkeep_once()
    assert reads(world) == [AuditAction.JOB_READ]


def test_a_refused_read_is_told_another_time() -> None:
    world = World()
    job = world.submit()
    world.service.upkeep_once()
    world.owned.get(job.id)
    write = world.context.audit.write
    world.context.audit.__dict__["write"] = lambda entries: [False] * len(entries)
    assert world.service.upkeep_once()["relay_reads_once"] == 0
    world.context.audit.__dict__["write"] = write
    assert world.service.upkeep_once()["relay_reads_once"] == 1


def test_what_is_remembered_of_reads_is_bounded() -> None:
    log = ReadLog()
    for number in range(CAPACITY + 5):
        log.note(a_draft(number), AuditAction.JOB_READ, START)
    taken = log.take(CAPACITY * 2)
    assert len(taken) == CAPACITY
    log.put_back([*taken, *taken])
    assert len(log.take(CAPACITY * 2)) == CAPACITY


def _failing_with(write: Callable[[Sequence[AuditEntry]], Sequence[bool]], job_id: UUID) -> object:
    """Return what writes to a log that fails with the entries of one job, as with a text that is too long for it."""

    def failing(entries: Sequence[AuditEntry]) -> Sequence[bool]:
        if any(entry.job_id == job_id for entry in entries):
            raise ValueError
        return write(entries)

    return failing


def test_an_entry_that_the_log_fails_with_keeps_no_others_out(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    jobs = [world.submit() for _ in range(9)]
    world.service.upkeep_once()
    for job in jobs:
        world.owned.get(job.id)
        world.owned.rename(job.id, "other")
    write, bad = world.context.audit.write, jobs[4].id
    world.context.audit.__dict__["write"] = _failing_with(write, bad)
    world.service.upkeep_once()
    assert {entry.job_id for entry in world.database.audit.values() if entry.action == AuditAction.JOB_RENAMED} == {
        job.id for job in jobs if job.id != bad
    }
    assert len(reads(world)) == 8
    assert len([record for record in caplog.records if record.exc_info]) == 2
    # the read is lost, and that is counted; the change is kept until the log takes it
    assert world.meter.lost_reads == 1
    world.context.audit.__dict__["write"] = write
    world.service.upkeep_once()
    assert [str(entry.action) for entry in world.owned.timeline(bad, limit=10)] == ["job.created", "job.renamed"]


def test_a_log_that_goes_away_in_the_middle_gets_all_reads_again() -> None:
    world = World()
    jobs = [world.submit() for _ in range(4)]
    world.service.upkeep_once()
    for job in jobs:
        world.owned.get(job.id)
    world.audit.before("write", ValueError("an entry that nobody foresaw"))
    world.audit.before("write", AWAY)
    world.service.upkeep_once()
    assert reads(world) == []
    world.service.upkeep_once()
    assert len(reads(world)) == 4
    assert world.meter.lost_reads == 0


def test_the_holder_of_a_token_reads_its_jobs_under_its_own_name() -> None:
    world = World()
    owner, ends = "idp.example.org#" + "x" * 112, START + timedelta(hours=1)
    holder = world.service.by(Caller(owner, expires_at=ends))
    job = holder.submit(uploads("A"))
    holder.get(job.id)
    world.service.by(Caller("boss", expires_at=ends).acting_for(owner)).get(job.id)
    world.service.upkeep_once()
    read = [entry for entry in world.database.audit.values() if entry.action in READS]
    assert sorted(entry.actor for entry in read) == ["boss", owner]
    assert sorted(entry.event_id.rpartition("#")[2] for entry in read) == ["boss", "job.read"]
