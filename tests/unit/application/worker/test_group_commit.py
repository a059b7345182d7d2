"""Answers that wait for the same job are committed together, and each is judged by itself."""

import gzip
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

import pytest

from adapters.memory.jobs import MemoryJobs
from adapters.memory.pictures import document
from ocrcore import Item, ItemErrorCode, ItemStatus, Job, JobStatus, OcrService, Step, Upload, Worker
from ocrcore.application.worker.attempt import Attempt, Delivery
from ocrcore.domain.errors import CommitUnknown, DatabaseUnavailable, StorageUnavailable
from ocrcore.domain.layout import Layout
from ocrcore.domain.task import Task
from ocrcore.formats import layout_json
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import EngineFailure
from ocrcore.ports.jobs import JobTransaction
from worlds import NO_WAIT, World

T = TypeVar("T")


class CountedJobs(MemoryJobs):
    """Remembers which items each transaction announced, fails where one of them is poison, and tells of each commit."""

    def __init__(self, world: World) -> None:
        super().__init__(world.database)
        self.announced: list[Sequence[UUID]] = []
        self.poison: UUID | None = None
        self.committed: Callable[[], None] = lambda: None

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        self.announced.append(items)
        if self.poison in items:
            msg = "a text that nobody foresaw"
            raise RuntimeError(msg)
        answer = super().transact(job_id, decide, items=items)
        self.committed()
        return answer


class Overtaken:
    """A lock that lets another come first, once."""

    def __init__(self, another: Callable[[], object]) -> None:
        self._lock = Lock()
        self._others = [another]

    def __enter__(self) -> None:
        if self._others:
            self._others.pop()()
        self._lock.acquire()

    def __exit__(self, *raised: object) -> None:
        self._lock.release()


def answered(world: World, pages: int) -> Worker:
    """Return a worker of which so many pages wait for being settled."""
    worker = world.service.worker(slots=pages)
    worker.receive_once(NO_WAIT)
    for _ in range(pages):
        assert worker.process_one() is Step.DONE
    return worker


def counted(world: World) -> CountedJobs:
    """Count the transactions of the service from now on."""
    jobs = CountedJobs(world)
    world.use(OcrService(replace(world.context, jobs=jobs)))
    return jobs


def release(world: World, item: Item) -> None:
    """Take an item from its worker, as upkeep does when a lease has ended."""

    def decide(transaction: JobTransaction) -> None:
        now, current = world.clock.now(), transaction.item(item.id)
        assert current is not None
        free = current.released(current.attempts, now, ItemErrorCode.OCR_TIMEOUT)
        transaction.save(transaction.job.moved([(current, free)], now), free)

    world.context.jobs.transact(item.job_id, decide)


def statuses(world: World, job: Job) -> list[ItemStatus]:
    return [item.status for item in world.items(job)]


def test_answers_of_one_job_cost_one_transaction() -> None:
    world = World()
    job, jobs = world.submit(*"ABCD"), counted(world)
    worker = answered(world, 4)
    del jobs.announced[:]
    assert [worker.commit_once(), worker.commit_once()] == [Step.DONE, Step.IDLE]
    assert jobs.announced == [[item.id for item in world.items(job)]]
    assert [item.ocr_text for item in world.items(job)] == list("ABCD")
    assert (world.job(job).status, world.job(job).counts.done) == (JobStatus.DONE, 4)
    assert worker.unacknowledged == 4


def test_no_more_than_four_answers_wait_for_each_other() -> None:
    world = World()
    job = world.submit(*"ABCDE")
    worker = answered(world, 5)
    done = []
    while worker.commit_once() is Step.DONE:
        done.append(world.job(job).counts.done)
    assert done == [4, 5]


def test_a_worker_that_stops_settles_one_by_one() -> None:
    """Where the store is silent, each layout costs its budget, and the grace period is looked at in between."""
    world = World()
    job = world.submit(*"ABC")
    worker = answered(world, 3)
    worker.drain()
    done = []
    while worker.commit_once() is Step.DONE:
        done.append(world.job(job).counts.done)
    assert done == [1, 2, 3]


def test_answers_of_two_jobs_are_not_committed_together() -> None:
    world = World()
    first, second = world.submit("A"), world.submit("B")
    worker = answered(world, 2)
    assert worker.commit_once() is Step.DONE
    assert (statuses(world, first), statuses(world, second)) == ([ItemStatus.DONE], [ItemStatus.PROCESSING])
    assert worker.commit_once() is Step.DONE
    assert (statuses(world, first), statuses(world, second)) == ([ItemStatus.DONE], [ItemStatus.DONE])


def test_an_answer_that_comes_too_late_costs_the_others_nothing() -> None:
    world = World()
    job = world.submit(*"ABC")
    worker = answered(world, 3)
    release(world, world.items(job)[1])
    assert worker.commit_once() is Step.DONE
    assert statuses(world, job) == [ItemStatus.DONE, ItemStatus.PENDING, ItemStatus.DONE]
    assert worker.unacknowledged == 2  # the message of the late one is another's


def test_each_message_has_the_fate_of_its_own_answer() -> None:
    world = World()
    job = world.submit(*"AB")
    worker = answered(world, 2)
    late = world.items(job)[0]
    release(world, late)
    worker.commit_once()
    worker.acknowledge_once()
    world.tick(hours=1)
    assert [Task.from_json(message.body).item_id for message in world.messages()] == [late.id]


def test_a_layout_that_cannot_be_stored_gives_back_its_own_page_alone() -> None:
    world = World()
    job = world.submit(*"AB")
    worker = answered(world, 2)
    world.documents.before("put", StorageUnavailable("away"))
    assert worker.commit_once() is Step.DONE
    assert statuses(world, job) == [ItemStatus.PENDING, ItemStatus.DONE]


@pytest.mark.parametrize("lost", [CommitUnknown("lost"), DatabaseUnavailable("away")])
def test_a_commit_without_an_answer_is_settled_again_and_counted_once(lost: Exception) -> None:
    world = World()
    job = world.submit(*"AB")
    worker = answered(world, 2)
    world.jobs.after("transact", lost)
    assert [worker.commit_once(), worker.commit_once(), worker.commit_once()] == [Step.BLOCKED, Step.DONE, Step.IDLE]
    assert world.job(job).counts.done == 2
    assert worker.unacknowledged == 2


def test_an_answer_that_no_commit_takes_does_not_spoil_those_beside_it() -> None:
    world = World()
    job, jobs = world.submit(*"ABC"), counted(world)
    worker = answered(world, 3)
    jobs.poison = world.items(job)[1].id
    for _ in range(5):  # together; then each alone, the bad one once more as an error
        worker.commit_once()
    assert statuses(world, job) == [ItemStatus.DONE, ItemStatus.PROCESSING, ItemStatus.DONE]
    assert worker.commit_once() is Step.IDLE


def test_of_two_answers_one_that_no_commit_takes_does_not_spoil_the_other() -> None:
    world = World()
    job, jobs = world.submit(*"AB"), counted(world)
    worker = answered(world, 2)
    jobs.poison = world.items(job)[1].id
    for _ in range(4):
        worker.commit_once()
    assert statuses(world, job) == [ItemStatus.DONE, ItemStatus.PROCESSING]
    assert worker.commit_once() is Step.IDLE


def test_a_claim_without_an_answer_is_looked_up_with_its_item() -> None:
    world = World()
    job, jobs = world.submit("A"), counted(world)
    item = world.items(job)[0]
    worker = world.new_worker()
    worker.receive_once(NO_WAIT)

    def lost() -> None:
        jobs.committed = lambda: None
        raise CommitUnknown

    jobs.committed = lost
    assert worker.process_one() is Step.DONE
    assert jobs.announced == [[item.id], [item.id]]
    assert worker.has_results


def test_the_layouts_of_a_deleted_job_are_all_removed() -> None:
    world = World()
    job = world.submit(*"AB")
    worker = answered(world, 2)
    world.owned.cancel(job.id)
    world.owned.delete(job.id)
    left = world.context.documents.keys("", 10)
    assert worker.commit_once() is Step.DONE
    assert world.context.documents.keys("", 10) == left


def test_an_error_of_a_deleted_job_is_acknowledged() -> None:
    world = World()
    job = world.submit("A")
    world.receive()
    attempt = world.claim()
    world.owned.delete(job.id)
    world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    world.worker.recognise(attempt)
    assert world.worker.commit_once() is Step.DONE
    world.worker.acknowledge_once()
    world.tick(hours=1)
    assert not world.messages()


def test_the_layout_of_a_job_that_nobody_knows_stays() -> None:
    world = World()
    job = world.submit("A")
    worker = answered(world, 1)
    del world.database.jobs[job.id]
    assert worker.commit_once() is Step.DONE
    assert len(world.context.documents.keys("", 10)) == 2
    worker.acknowledge_once()
    world.tick(minutes=10, microseconds=-1)
    assert not world.messages()
    world.tick(microseconds=1)
    assert len(world.messages()) == 1


def test_a_layout_is_stored_as_the_same_bytes_at_any_time() -> None:
    world = World()
    job = world.submit("GRÜN")
    world.process_all()
    item = world.items(job)[0]
    assert item.layout_key is not None
    stored = world.context.documents.get(item.layout_key)
    assert stored[4:8] == bytes(4)  # gzip's instant of the compression
    assert "GRÜN".encode() in gzip.decompress(stored)


def test_a_stored_layout_says_which_page_it_is_of() -> None:
    world = World()
    job = world.owned.submit([Upload("a.tif", io.BytesIO(document("ONE", "TWO")))])
    world.process_all()
    for item in world.items(job):
        assert item.layout_key is not None
        stored = json.loads(gzip.decompress(world.context.documents.get(item.layout_key)))
        assert (stored["item_id"], stored["page"], stored["text"]) == (str(item.id), item.page, item.ocr_text)


def test_what_was_committed_is_not_taken_by_another_before_it_is_put_away() -> None:
    world = World()
    job, jobs = world.submit(*"AB"), counted(world)
    worker = answered(world, 2)
    del jobs.announced[:]
    steps: list[Step] = []

    def committed() -> None:
        jobs.committed = lambda: None
        worker._lock = Overtaken(lambda: steps.append(worker.commit_once()))  # type: ignore[assignment]

    jobs.committed = committed
    assert worker.commit_once() is Step.DONE
    assert (steps, len(jobs.announced)) == ([Step.IDLE], 1)
    assert world.job(job).counts.done == 2


def test_two_outcomes_of_one_item_are_committed_one_after_the_other() -> None:
    world = World()
    job, jobs = world.submit("A"), counted(world)
    worker = world.service.worker(slots=2)
    worker.receive_once(NO_WAIT)
    mine = worker.claim_one()
    assert isinstance(mine, Attempt)
    other = Attempt(Delivery(mine.delivery.task, "other"), mine.job, mine.item, mine.claimed_at, mine.ends_at)
    other.source = BytesSource(document("A"))
    worker._attempts[other] = None  # as of a slot that took a claim of the same instant for its own
    for attempt in (mine, other):
        worker.recognise(attempt)
    del jobs.announced[:]
    assert [worker.commit_once() for _ in range(3)] == [Step.DONE, Step.DONE, Step.IDLE]
    assert [len(items) for items in jobs.announced] == [1, 1]
    assert (world.job(job).counts.done, world.job(job).counts.total) == (1, 1)


def test_a_layout_is_encoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[Layout] = []
    encode = layout_json.layout_to_dict

    def counted(layout: Layout) -> dict[str, Any]:
        encoded.append(layout)
        return encode(layout)

    monkeypatch.setattr(layout_json, "layout_to_dict", counted)
    world = World()
    world.submit("ONE", "TWO")
    world.process_all()
    assert [layout.text for layout in encoded] == ["ONE", "TWO"]
