from datetime import timedelta
from typing import Any

import pytest

from ocrcore import ItemStatus, JobStatus, Step
from ocrcore.application.worker.attempt import Attempt
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable, QueueUnavailable
from ocrcore.domain.task import Task
from ocrcore.ports.queue import Outgoing
from working import claim_elsewhere, depth, submit_to, with_engines
from worlds import World


def begin(world: World) -> Attempt:
    """Take the worker's oldest message as far as its claim."""
    return world.claim()


def finish(world: World, attempt: Attempt) -> Step:
    """Take the work the rest of the way."""
    world.worker.recognise(attempt)
    step = world.worker.commit_once()
    world.worker.acknowledge_once()
    return step


def test_a_recognised_item_is_done_and_its_message_gone() -> None:
    world = World()
    job = world.submit("HELLO")
    world.process_all()
    item = world.item(job)
    assert (item.status, item.ocr_text, item.attempts) == (ItemStatus.DONE, "HELLO", 1)
    assert item.engine
    assert item.finished_at
    assert world.job(job).status is JobStatus.DONE
    assert depth(world) == 0


def test_an_item_is_read_by_the_engine_that_the_job_names() -> None:
    world = World()
    world.use(with_engines(world, "tesserocr", "ppocr"))
    jobs = [submit_to(world, name) for name in ("auto", "ppocr", "tesserocr")]
    world.process_all(world.new_worker())
    assert [world.item(job).engine for job in jobs] == ["tesserocr 1", "ppocr 1", "tesserocr 1"]


def test_a_worker_without_the_jobs_engine_leaves_the_item_to_another() -> None:
    world = World()
    world.use(with_engines(world, "tesseract", "ppocr"))
    job = submit_to(world, "ppocr")
    world.process_all(with_engines(world, "tesseract").worker(slots=10))
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.PENDING, 1)
    world.tick(minutes=1)
    world.process_all(world.new_worker())
    assert (world.item(job).status, world.item(job).engine) == (ItemStatus.DONE, "ppocr 1")


def test_a_finish_refused_because_another_took_over_forgets_the_message() -> None:
    world = World()
    job = world.submit()
    world.receive()
    attempt = begin(world)
    world.tick(seconds=60)
    claim_elsewhere(world, job)
    finish(world, attempt)
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.PROCESSING, 2)
    assert depth(world) == 1


def test_a_result_that_comes_at_the_deadline_is_refused() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=30))
    world.receive()
    attempt = begin(world)
    world.tick(seconds=30)
    finish(world, attempt)
    assert world.job(job).status is JobStatus.EXPIRED
    assert world.item(job).ocr_text is None
    assert depth(world) == 0


def test_a_result_for_a_deleted_job_leaves_no_layout_behind() -> None:
    world = World()
    job = world.submit()
    world.receive()
    attempt = begin(world)
    world.owned.delete(job.id)
    finish(world, attempt)
    assert not world.context.documents.keys("", 10)
    assert depth(world) == 0


def test_the_row_wins_over_the_messages_bucket_and_key() -> None:
    world = World()
    secret, job = world.submit("SECRET"), world.submit("MINE")
    own = [message for message in world.messages() if Task.from_json(message.body).job_id == job.id]
    for message in own:
        forged = message.body.replace(world.item(job).s3_key, world.item(secret).s3_key)
        world.context.queue.send([Outgoing(forged.replace('"memory"', '"other"'), "local")])
    world.process_all()
    assert world.item(job).ocr_text == "MINE"


def test_a_claim_whose_answer_was_lost_is_known_by_its_lease() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.jobs.after("transact", CommitUnknown("lost"))
    assert world.worker.work_one() is Step.DONE
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.DONE, 1)


def test_the_time_of_a_claim_whose_answer_was_lost_runs_from_the_claim() -> None:
    world = World()
    world.submit()
    world.receive()
    transact = world.context.jobs.transact

    def late(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the types of the port
        world.context.jobs.__dict__.pop("transact")
        transact(*args, **kwargs)
        world.tick(seconds=40)
        raise CommitUnknown

    world.context.jobs.__dict__["transact"] = late
    began = world.clock.now()
    attempt = world.claim()
    assert attempt.claimed_at == attempt.item.started_at == began
    assert attempt.ends_at < began + world.policy.item_timeout + timedelta(seconds=40)


def test_a_claim_that_was_not_committed_leaves_the_message_alone() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.jobs.before("transact", CommitUnknown("lost"))
    world.worker.work_one()
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.PENDING, 0)
    world.tick(seconds=60)
    world.process_all()
    assert world.item(job).status is ItemStatus.DONE


@pytest.mark.parametrize("lost", [CommitUnknown("lost"), DatabaseUnavailable("away")])
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_finish_without_an_answer_is_settled_later_and_counted_once(lost: Exception, when: str) -> None:
    world = World()
    job = world.submit()
    world.receive()
    attempt = begin(world)
    (world.jobs.before if when == "before" else world.jobs.after)("transact", lost)
    assert finish(world, attempt) is Step.BLOCKED
    assert world.worker.commit_once() is Step.DONE
    assert world.worker.commit_once() is Step.IDLE
    assert world.worker.acknowledge_once() is Step.DONE
    assert world.item(job).status is ItemStatus.DONE
    assert world.job(job).counts.done == 1
    assert depth(world) == 0


def test_a_database_that_is_away_keeps_the_message_held() -> None:
    world = World()
    job = world.submit()
    world.receive()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    assert world.worker.work_one() is Step.BLOCKED
    assert world.worker.has_waiting
    assert world.worker.work_one() is Step.DONE
    assert world.item(job).status is ItemStatus.DONE


def test_a_message_that_cannot_be_deleted_comes_again_and_does_no_harm() -> None:
    world = World()
    job = world.submit()
    world.queue.before("delete", QueueUnavailable("away"))
    world.process_all()
    world.tick(seconds=60)
    world.process_all()
    assert world.item(job).attempts == 1
    assert depth(world) == 0
