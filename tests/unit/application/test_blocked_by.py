from uuid import UUID

from ocrcore import ItemErrorCode, Job
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
    assert str(why(world, job)).startswith("The worker has not been heard of since 2026-01-02 03:04:05 UTC; 1 page")
    world.tick(seconds=31)
    report(world)
    world.service.upkeep_once()
    assert "1 page waits for 2 slots" in str(why(world, job))
