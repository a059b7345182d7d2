"""The table of the database's answers and what each means for the message, row by row."""

from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.engine import MemoryEngine
from ocrcore import ItemErrorCode, ItemStatus, Job, JobOptions, JobStatus, OcrService, Policy, Step
from ocrcore.application.worker.attempt import Attempt
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.domain.task import Task
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.engine import EngineFailure, EngineStopped
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.builders import an_id
from worlds import World, uploads


def depth(world: World) -> int:
    """Return how many messages there are, hidden ones included."""
    world.tick(hours=1)
    return len(world.messages())


def claim_elsewhere(world: World, job: Job) -> None:
    """Let another worker claim the job's only item, and go no further."""
    item_id = world.item(job).id

    def decide(transaction: JobTransaction) -> None:
        item = transaction.item(item_id)
        assert item is not None
        now = world.clock.now()
        claimed = item.claim(now, timedelta(seconds=60))
        transaction.save(transaction.job.moved([(item, claimed)], now), claimed)

    world.context.jobs.transact(job.id, decide)


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


def submit_to(world: World, engine: str) -> Job:
    return world.owned.submit(uploads("HELLO"), JobOptions(engine=engine))


def with_engines(world: World, *names: str) -> OcrService:
    """Return a service on the same backend, of a machine with other engines."""
    return OcrService(replace(world.context, engine=MemoryEngine(engines=dict.fromkeys(names, ("eng",)))))


def test_an_item_is_read_by_the_engine_that_the_job_names() -> None:
    world = World()
    world.use(with_engines(world, "tesserocr", "rapidocr"))
    jobs = [submit_to(world, name) for name in ("auto", "rapidocr", "tesserocr")]
    world.process_all(world.new_worker())
    assert [world.item(job).engine for job in jobs] == ["tesserocr 1", "rapidocr 1", "tesserocr 1"]


def test_a_worker_without_the_jobs_engine_leaves_the_item_to_another() -> None:
    world = World()
    world.use(with_engines(world, "tesseract", "rapidocr"))
    job = submit_to(world, "rapidocr")
    world.process_all(with_engines(world, "tesseract").worker(slots=10))
    assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.PENDING, 1)
    world.tick(minutes=1)
    world.process_all(world.new_worker())
    assert (world.item(job).status, world.item(job).engine) == (ItemStatus.DONE, "rapidocr 1")


def test_an_engine_that_no_worker_has_is_a_fault_of_the_service() -> None:
    world = World()
    world.use(with_engines(world, "tesseract", "rapidocr"))
    job = submit_to(world, "rapidocr")
    world.use(with_engines(world, "tesseract"))
    worker = world.new_worker()
    for _ in range(3):
        world.process_all(worker)
        world.tick(minutes=10)
    assert (world.item(job).status, world.item(job).error_code) == (ItemStatus.ERROR, ItemErrorCode.INTERNAL_ERROR)


def test_a_passing_fault_hides_the_message_for_a_growing_delay() -> None:
    world = World()
    job = world.submit()
    for attempt, delay in ((1, 10), (2, 20)):
        world.engine.before("recognise", EngineFailure(ItemErrorCode.OCR_CRASHED))
        world.process_all()
        assert (world.item(job).status, world.item(job).attempts) == (ItemStatus.PENDING, attempt)
        world.tick(seconds=delay - 1)
        assert world.receive() is Step.IDLE
        world.tick(seconds=1)
    world.process_all()
    assert world.item(job).status is ItemStatus.DONE


@pytest.mark.parametrize(
    "code", [ItemErrorCode.OCR_TIMEOUT, ItemErrorCode.OCR_CRASHED, ItemErrorCode.UNSUPPORTED_LANGUAGE]
)
def test_a_fault_at_every_attempt_keeps_its_name(code: ItemErrorCode) -> None:
    world = World()
    job = world.submit()
    world.engine.before("recognise", EngineFailure(code), times=3)
    for _ in range(3):
        world.process_all()
        world.tick(minutes=5)
    item = world.item(job)
    assert (item.status, item.error_code, item.attempts) == (ItemStatus.ERROR, code, 3)
    assert item.error_msg
    assert depth(world) == 0


@pytest.mark.parametrize(
    "code",
    [
        ItemErrorCode.UNSUPPORTED_IMAGE,
        ItemErrorCode.MULTI_FRAME_IMAGE,
        ItemErrorCode.IMAGE_TRUNCATED,
        ItemErrorCode.IMAGE_CORRUPT,
        ItemErrorCode.IMAGE_TOO_LARGE,
    ],
)
def test_a_bad_picture_is_an_error_at_once_and_the_others_are_done(code: ItemErrorCode) -> None:
    world = World()
    job = world.submit("ONE", "TWO")
    world.engine.before("recognise", EngineFailure(code))
    world.process_all()
    assert sorted(item.status for item in world.items(job)) == ["DONE", "ERROR"]
    assert {item.error_code for item in world.items(job)} == {None, code}
    assert world.job(job).status is JobStatus.ERROR
    assert depth(world) == 0


def test_a_text_over_the_limit_is_an_error_and_never_cut() -> None:
    world = World(Policy(max_text_bytes=4))
    short, long = world.submit("ÄÄ"), world.submit("ÄÄ.")
    world.process_all()
    assert world.item(short).ocr_text == "ÄÄ"
    assert world.item(long).error_code is ItemErrorCode.TEXT_TOO_LARGE


def test_a_missing_source_is_retried_and_then_an_error() -> None:
    world = World()
    job = world.submit()
    world.documents.before("get", DocumentMissing(), times=3)
    for _ in range(3):
        world.process_all()
        world.tick(minutes=5)
    assert world.item(job).error_code is ItemErrorCode.SOURCE_MISSING


@pytest.mark.parametrize("verb", ["get", "put"])
def test_a_store_that_is_away_costs_the_item_no_attempt(verb: str) -> None:
    world = World()
    job = world.submit()
    world.documents.before(verb, StorageUnavailable("away"), times=10)
    for _ in range(10):
        world.process_all()
        world.tick(minutes=5)
    world.process_all()
    assert world.item(job).status is ItemStatus.DONE


@pytest.mark.parametrize("verb", ["get", "put"])
def test_where_the_store_is_away_the_message_is_hidden_for_the_delay_of_a_retry(verb: str) -> None:
    world = World()
    world.submit()
    world.documents.before(verb, StorageUnavailable("away"))
    world.process_all()
    world.tick(seconds=10, microseconds=-1)
    assert not world.messages()
    world.tick(microseconds=1)
    assert len(world.messages()) == 1


def test_an_unexpected_exception_releases_the_item_and_the_worker_lives() -> None:
    world = World()
    job = world.submit()
    world.engine.before("recognise", ZeroDivisionError(), times=3)
    for _ in range(3):
        world.process_all()
        world.tick(minutes=5)
    assert world.item(job).error_code is ItemErrorCode.INTERNAL_ERROR


def test_an_item_given_back_is_visible_at_once_and_loses_no_attempt() -> None:
    world = World()
    job = world.submit()
    world.engine.before("recognise", EngineStopped())
    world.receive()
    world.worker.work_one()
    item = world.item(job)
    assert (item.status, item.attempts, item.attempts_limit) == (ItemStatus.PENDING, 1, 4)
    assert len(world.messages()) == 1


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


def test_a_message_of_a_finished_item_is_deleted_without_a_second_recognition() -> None:
    world = World()
    job = world.submit()
    (message,) = world.messages()
    world.context.queue.send([Outgoing(message.body, "local")])
    world.process_all()
    world.engine.before("recognise", AssertionError("recognised again"))
    world.tick(seconds=60)
    world.process_all()
    assert world.item(job).attempts == 1
    assert depth(world) == 0


def test_a_message_that_comes_after_the_deadline_expires_the_job() -> None:
    world = World()
    job = world.submit(expires_in=timedelta(seconds=30))
    world.tick(seconds=30)
    world.process_all()
    assert world.database.jobs[job.id].status is JobStatus.EXPIRED
    assert world.item(job).error_code is ItemErrorCode.EXPIRED
    assert depth(world) == 0


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


def test_a_message_of_a_leased_item_is_hidden_for_the_rest_of_the_lease() -> None:
    world = World()
    job = world.submit()
    claim_elsewhere(world, job)
    world.tick(seconds=20)
    world.process_all()
    world.tick(seconds=40)
    assert world.receive() is Step.IDLE
    world.tick(seconds=4)
    assert world.receive() is Step.DONE


def test_a_message_whose_last_lease_lapsed_ends_the_item() -> None:
    world = World(Policy(max_attempts=1))
    job = world.submit()
    claim_elsewhere(world, job)
    world.tick(seconds=60)
    world.process_all()
    assert world.item(job).error_code is ItemErrorCode.TOO_MANY_ATTEMPTS
    assert depth(world) == 0


def test_a_message_of_a_deleted_job_is_deleted() -> None:
    world = World()
    world.owned.delete(world.submit().id)
    world.process_all()
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


def test_a_message_of_an_unknown_item_is_shown_every_ten_minutes_and_never_deleted() -> None:
    world, elsewhere = World(), World()
    elsewhere.tick(days=1)
    elsewhere.context.ids.new()
    elsewhere.submit()
    (message,) = elsewhere.messages()
    world.context.queue.send([Outgoing(message.body, "local")])
    world.process_all()
    world.tick(minutes=10, seconds=-1)
    assert world.receive() is Step.IDLE
    world.tick(seconds=1)
    assert world.receive() is Step.DONE


def test_a_message_that_names_an_unknown_item_of_a_known_job_is_never_deleted() -> None:
    world = World()
    job = world.submit()
    (message,) = world.messages()
    task = replace(Task.from_json(message.body), item_id=an_id(404))
    world.context.queue.delete([message.receipt])
    world.context.queue.send([Outgoing(task.to_json(), "local")])
    world.process_all()
    world.tick(minutes=10, microseconds=-1)
    assert not world.messages()
    world.tick(microseconds=1)
    assert len(world.messages()) == 1
    assert world.item(job).status is ItemStatus.PENDING


def test_bodies_that_are_not_ours_are_recorded_and_deleted_and_the_rest_is_unaffected() -> None:
    world = World()
    world.context.queue.send([Outgoing("not json", "x"), Outgoing('{"job_id": 1}', "x")])
    job = world.submit()
    world.process_all()
    assert world.item(job).status is ItemStatus.DONE
    assert {rejection.body for rejection in world.database.rejected.values()} == {"not json", '{"job_id": 1}'}
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
