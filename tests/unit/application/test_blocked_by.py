from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.jobs import MemoryJobs
from ocrcore import LOCAL_OWNER, Item, ItemErrorCode, ItemStatus, Job, OcrService, Step
from ocrcore.domain.instants import shown_instant
from ocrcore.ports.engine import EngineFailure
from worlds import World

WORKER = UUID(int=7)


def report(world: World, slots: int = 2) -> None:
    world.service.report(
        worker_id=WORKER, kind="worker", host="h", slots=slots, seconds_per_page=world.worker.seconds_per_page
    )


def why(world: World, job: Job) -> str | None:
    (sentence,) = world.owned.blocked_by(world.job(job))
    return sentence


def test_a_killed_worker_is_told_within_half_a_minute_and_forgotten_when_one_returns() -> None:
    world = World()
    job = world.submit()
    report(world)
    assert "slots" in str(why(world, job))
    world.tick(seconds=30)
    assert str(why(world, job)).startswith("No worker has been running since 2026-01-02 03:04:05 UTC")
    report(world)
    assert "slots" in str(why(world, job))


def test_a_stopped_worker_is_told_at_once() -> None:
    world = World()
    job = world.submit()
    report(world, slots=0)
    assert "No worker" in str(why(world, job))


def test_a_failed_attempt_is_told_with_its_time_and_reason_until_it_is_over() -> None:
    world = World()
    job = world.submit()
    report(world)
    world.engine.before("recognise", EngineFailure(ItemErrorCode.OCR_TIMEOUT))
    world.process_all()
    expected = "Attempt 2 of 3 at 2026-01-02 03:04:15 UTC, because the last one took too long."
    assert why(world, job) == expected
    world.tick(seconds=10)
    assert "slots" in str(why(world, job))
    world.process_all()
    assert why(world, job) is None


def test_a_retried_job_does_not_speak_of_old_faults() -> None:
    world = World()
    job = world.submit()
    report(world)
    world.engine.before("recognise", EngineFailure(ItemErrorCode.OCR_TIMEOUT))
    world.process_all()
    world.owned.cancel(job.id)
    assert why(world, job) is None
    world.owned.retry(job.id)
    assert "Attempt" not in str(why(world, job))


def test_finished_jobs_need_no_look_at_the_fleet() -> None:
    world = World()
    job = world.submit()
    world.process_all()
    assert world.owned.blocked_by() == []
    assert why(world, job) is None


def test_reports_of_a_week_ago_are_dropped() -> None:
    world = World()
    report(world)
    world.tick(days=7, seconds=1)
    world.service.report(worker_id=UUID(int=8), kind="serve", host="h", slots=0, seconds_per_page=None)
    assert [one.id for one in world.service.fleet().reports] == [UUID(int=8)]


def test_the_pace_is_measured_from_claim_to_text() -> None:
    world = World()
    assert world.worker.seconds_per_page is None
    world.submit()
    world.process_all()
    assert world.worker.seconds_per_page == 0.0


def test_a_worker_that_was_killed_in_its_work_is_told_while_others_live() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.worker.process_one()  # the last that is heard of it: neither an answer nor a beat
    report(world)
    assert why(world, job) is None
    world.tick(seconds=31)
    report(world)
    assert str(why(world, job)).startswith("1 page is with a worker, not heard of since 2026-01-02 03:04:05 UTC; free")
    world.tick(seconds=31)
    report(world)
    world.service.upkeep_once()
    assert "1 page waits for 2 slots" in str(why(world, job))


class AskedJobs(MemoryJobs):
    """Remembers which items it was asked for."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database)
        self.asked: list[tuple[ItemStatus | None, int, int]] = []

    def items(self, job_id: UUID, status: ItemStatus | None, after: int, limit: int) -> Sequence[Item]:
        self.asked.append((status, after, limit))
        return super().items(job_id, status, after, limit)


def asked(world: World, job: Job) -> list[tuple[ItemStatus | None, int, int]]:
    """Ask why the job waits, and return which items were read for the answer."""
    jobs = AskedJobs(world)
    OcrService(replace(world.context, jobs=jobs)).of(LOCAL_OWNER).blocked_by(world.job(job))
    return jobs.asked


def fail_once(world: World) -> None:
    """Let the oldest page fail for now."""
    world.engine.before("recognise", EngineFailure(ItemErrorCode.OCR_TIMEOUT))
    assert world.worker.work_one() is Step.DONE


def test_the_answer_reads_as_few_items_as_it_needs() -> None:
    world = World()
    job = world.submit("A", "B")
    assert asked(world, job) == []  # no worker lives, whatever the items are
    report(world)
    assert asked(world, job) == [(ItemStatus.PENDING, -1, 1)]
    world.receive()
    fail_once(world)
    assert asked(world, job) == [(ItemStatus.PENDING, -1, 1), (ItemStatus.PENDING, -1, 20)]
    world.claim()
    assert asked(world, job) == [(ItemStatus.PROCESSING, -1, 100)]
    world.owned.cancel(job.id)
    assert asked(world, job) == []


def test_an_invalid_row_of_one_job_keeps_no_other_from_being_told(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    jobs = [world.job(world.submit()) for _ in range(2)]
    report(world)
    world.jobs.before("items", ValueError("a status that nobody knows"))
    wrong, right = world.owned.blocked_by(*jobs)
    assert wrong is None
    assert str(right).startswith("2 pages wait")
    assert [record.job_id for record in caplog.records] == [str(jobs[0].id)]  # type: ignore[attr-defined] # an extra


def test_a_page_that_waits_for_a_slot_outweighs_those_that_wait_for_their_next_attempt() -> None:
    world = World()
    job = world.submit("A", "B")
    report(world)
    world.receive()
    fail_once(world)
    assert str(why(world, job)).startswith("2 pages wait for 2 slots")


def test_beside_a_stalled_page_the_next_attempt_of_another_is_told() -> None:
    world = World()
    job = world.submit("A", "B")
    world.receive()
    fail_once(world)
    world.claim()
    world.tick(seconds=31)
    later(world, job)
    report(world)
    assert "Attempt 2 of 3 at" in str(why(world, job))


def later(world: World, job: Job) -> None:
    """Let the waiting page have failed just now."""
    (waiting,) = world.owned.items(job.id, status=ItemStatus.PENDING)
    world.database.items[waiting.id] = replace(waiting, queued_at=world.clock.now())


def test_without_a_worker_it_is_told_when_the_page_in_work_is_taken_back() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.claim()
    lapses = shown_instant(world.clock.now() + timedelta(seconds=60))
    assert why(world, job) == (
        f"No worker has been running yet; 1 page in work will be taken back when its lease lapses, at {lapses}, and"
        " the job goes on as soon as one is started (ocrcore worker)."
    )


@pytest.mark.parametrize(("pages", "is_told"), [(2, True), (3, False)])
def test_a_job_with_too_many_pages_in_work_to_look_at_counts_as_progress(
    pages: int, *, is_told: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ocrcore.application.jobs.blocked_by._MOST_IN_PROGRESS", 2)
    world = World()
    job = world.submit(*"ABC"[:pages])
    world.receive()
    while world.worker.has_waiting:
        world.claim()
    world.tick(seconds=31)
    report(world)
    assert (why(world, job) is not None) is is_told
