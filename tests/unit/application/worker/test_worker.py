import io
import logging
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from adapters.memory.engine import MemoryEngine
from adapters.memory.jobs import MemoryJobs
from adapters.memory.pictures import document
from ocrcore import Item, ItemErrorCode, ItemStatus, Job, JobOptions, OcrService, Policy, Step, Upload, Worker
from ocrcore.application.worker.attempt import Attempt
from ocrcore.application.worker.outcomes import Released
from ocrcore.application.worker.recognise_item import recognise_item
from ocrcore.domain.errors import DatabaseUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.domain.layout import Layout
from ocrcore.ports.engine import EngineFailure, Page, Stop
from ocrcore.ports.jobs import JobTransaction, Lease
from ocrcore.ports.queue import Outgoing
from worlds import NO_WAIT, World, uploads

T = TypeVar("T")


def begin(world: World) -> Attempt:
    return world.claim()


def started(world: World) -> tuple[Job, Attempt]:
    """Submit a page and let the worker claim it."""
    job = world.submit()
    world.receive()
    return job, begin(world)


def leased_until(world: World, job: Job) -> Item:
    return world.database.items[world.item(job).id]


def test_a_worker_receives_no_more_than_it_has_room_for() -> None:
    world = World()
    world.submit(*"ABCDEFGH")
    worker = world.service.worker(slots=2)
    assert [worker.receive_once(NO_WAIT) for _ in range(3)] == [Step.DONE, Step.DONE, Step.IDLE]
    assert worker.room == 0
    assert len(world.messages()) == 2


def test_a_held_message_has_no_lease() -> None:
    world = World()
    job = world.submit()
    world.receive()
    assert world.item(job).status is ItemStatus.PENDING


def test_a_queue_that_is_away_blocks_the_worker_and_kills_nothing() -> None:
    world = World()
    job = world.submit()
    world.queue.before("receive", QueueUnavailable("away"))
    assert world.receive() is Step.BLOCKED
    world.process_all()
    assert world.item(job).status is ItemStatus.DONE


def test_a_claim_that_is_put_off_names_the_request_of_its_message(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.owned.submit(uploads("A"), request_id="request-1")
    world.receive()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with caplog.at_level(logging.WARNING):
        assert world.worker.process_one() is Step.BLOCKED
    assert [record.__dict__["request_id"] for record in caplog.records] == ["request-1"]


def test_a_page_that_the_store_does_not_give_is_named_in_the_log_with_its_engine(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    item = world.item(world.submit())
    world.receive()
    world.documents.before("get", StorageUnavailable("away"))
    with caplog.at_level(logging.WARNING):
        assert world.worker.process_one() is Step.DONE
    (record,) = caplog.records
    assert (record.__dict__["item_id"], record.__dict__["engine"]) == (str(item.id), "auto")


def test_a_layout_that_the_store_does_not_take_names_its_item_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    item = world.item(world.submit())
    world.receive()
    world.worker.process_one()
    world.documents.before("put", StorageUnavailable("away"))
    with caplog.at_level(logging.WARNING):
        assert world.worker.commit_once() is Step.DONE
    assert [record.__dict__["item_id"] for record in caplog.records] == [str(item.id)]


def test_a_commit_that_is_put_off_names_its_job_and_its_items_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    job = world.submit("A", "B")
    world.receive()
    for _ in range(2):
        world.worker.process_one()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    with caplog.at_level(logging.WARNING):
        assert world.worker.commit_once() is Step.BLOCKED
    (record,) = caplog.records
    items = ", ".join(str(item.id) for item in world.items(job))
    assert (record.__dict__["job_id"], record.__dict__["items"]) == (str(job.id), items)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (None, {"status": "DONE", "engine": "tesseract 1"}),
        (ItemErrorCode.IMAGE_CORRUPT, {"status": "ERROR", "code": "image-corrupt"}),
        (ItemErrorCode.OCR_TIMEOUT, {"status": "PENDING", "code": "ocr-timeout"}),
    ],
)
def test_the_log_tells_of_every_attempt_which_it_was_and_how_it_ended(
    code: ItemErrorCode | None, told: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    world = World()
    job = world.owned.submit(uploads("A"), request_id="request-1")
    if code is not None:
        world.engine.before("recognise", EngineFailure(code))
    world.receive()
    world.worker.process_one()
    with caplog.at_level(logging.INFO):
        world.worker.commit_once()
    (record,) = caplog.records
    ids = {"job_id": str(job.id), "item_id": str(world.item(job).id), "request_id": "request-1", "attempt": 1}
    names = ("job_id", "item_id", "request_id", "attempt", "status", "code", "engine")
    assert {name: record.__dict__[name] for name in names if name in record.__dict__} == ids | told


def test_a_worker_reads_one_page_at_a_time_unless_it_is_told_otherwise() -> None:
    assert World().service.worker().room == 1


def test_a_foreign_message_that_cannot_be_put_aside_comes_again() -> None:
    world = World()
    world.context.queue.send([Outgoing("foreign", "x")])
    world.queue.before("delete", QueueUnavailable("away"))
    world.receive()
    world.tick(seconds=60)
    world.receive()
    world.tick(hours=1)
    assert not world.messages()


def test_those_beside_a_foreign_message_wait_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.context.queue.send([Outgoing("not ours", "")])
    world.submit("ALPHA", "BRAVO")
    worker = world.service.worker(slots=5)
    ready: list[bool] = []

    def slow(*_: object) -> None:
        ready.append(worker.has_waiting)

    monkeypatch.setattr(world.context.rejected, "record", slow)
    worker.receive_once(NO_WAIT)
    assert ready == [True]


def test_a_heartbeat_keeps_held_messages_and_leases_alive() -> None:
    world = World()
    job, _ = started(world)
    for _ in range(5):
        world.tick(seconds=20)
        assert world.worker.beat_once() is Step.DONE
    assert not world.messages()
    lease = leased_until(world, job).lease_until
    assert lease == world.clock.now() + timedelta(seconds=60)


def test_a_heartbeat_stops_when_the_items_time_is_spent() -> None:
    world = World()
    _, attempt = started(world)
    world.tick(seconds=150)
    world.worker.beat_once()
    assert attempt.stop.is_set()
    assert len(world.messages()) == 1


def test_a_cancelled_item_is_stopped_by_the_next_heartbeat() -> None:
    world = World()
    job, attempt = started(world)
    world.owned.cancel(job.id)
    world.worker.beat_once()
    assert attempt.stop.is_set()


def test_a_deleted_jobs_item_is_stopped_by_the_next_heartbeat() -> None:
    world = World()
    job, attempt = started(world)
    world.owned.delete(job.id)
    world.worker.beat_once()
    assert attempt.stop.is_set()


def test_a_heartbeat_without_a_database_is_tried_again() -> None:
    world = World()
    _, attempt = started(world)
    world.jobs.before("renew", DatabaseUnavailable("away"))
    assert world.worker.beat_once() is Step.BLOCKED
    assert world.worker.beat_once() is Step.DONE
    assert not attempt.stop.is_set()


def test_a_heartbeat_without_a_queue_is_tried_again_and_renews_the_lease() -> None:
    world = World()
    job, _ = started(world)
    world.tick(seconds=20)
    world.queue.before("change_visibility", QueueUnavailable("away"))
    assert world.worker.beat_once() is Step.BLOCKED
    assert leased_until(world, job).lease_until == world.clock.now() + timedelta(seconds=60)
    assert world.worker.beat_once() is Step.DONE
    world.tick(seconds=59)
    assert not world.messages()


def test_a_heartbeat_goes_on_until_the_instant_at_which_the_items_time_is_spent() -> None:
    world = World()
    _, attempt = started(world)
    world.tick(seconds=150, microseconds=-1)
    world.worker.beat_once()
    assert not attempt.stop.is_set()
    world.tick(microseconds=1)
    world.worker.beat_once()
    assert attempt.stop.is_set()


def test_an_idle_heartbeat_asks_nobody() -> None:
    world = World()
    world.queue.before("change_visibility", AssertionError("asked"))
    world.jobs.before("renew", AssertionError("asked"))
    assert world.worker.beat_once() is Step.IDLE


def test_draining_shows_held_messages_at_once_and_begins_nothing() -> None:
    world = World()
    world.submit("A", "B")
    world.receive()
    world.worker.drain()
    assert world.worker.work_one() is Step.IDLE
    assert world.worker.room == 0
    assert len(world.messages()) == 2


def test_a_heartbeat_that_a_drain_overtakes_hides_nothing() -> None:
    world = World()

    class Draining(MemoryJobs):
        def renew(self, leases: Sequence[Lease], until: datetime) -> AbstractSet[Lease]:
            world.worker.drain()
            return super().renew(leases, until)

    world.submit("A", "B")
    world.receive()
    begin(world)
    world.worker._context = replace(world.context, jobs=Draining(world.database))
    world.worker.beat_once()
    assert len(world.messages()) == 1


def test_a_claim_that_failed_while_draining_shows_its_message() -> None:
    world = World()

    class Draining(MemoryJobs):
        def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
            del job_id, decide, items
            world.worker.drain()
            raise DatabaseUnavailable

    world.submit()
    world.receive()
    world.worker._context = replace(world.context, jobs=Draining(world.database))
    assert world.worker.work_one() is Step.BLOCKED
    assert len(world.messages()) == 1


def test_draining_without_a_queue_leaves_the_messages_to_come_back_by_themselves() -> None:
    world = World()
    world.submit()
    world.receive()
    world.queue.before("change_visibility", QueueUnavailable("away"))
    world.worker.drain()
    assert not world.messages()
    world.tick(seconds=60)
    assert len(world.messages()) == 1


def test_stopping_work_ends_every_recognition() -> None:
    world = World()
    _, attempt = started(world)
    world.worker.stop_work()
    assert attempt.stop.is_set()


class SlowEngine(MemoryEngine):
    """Takes as long as it is told, and remembers what it was given."""

    def __init__(self, world: World, *seconds: float) -> None:
        super().__init__()
        self._world, self._seconds = world, iter(seconds)
        self.given: list[tuple[Page, timedelta, Stop]] = []

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        self.given.append((page, timeout, stop))
        self._world.tick(seconds=next(self._seconds))
        return super().recognise(page, timeout=timeout, stop=stop)


def slow_worker(world: World, *seconds: float) -> tuple[Worker, SlowEngine]:
    engine = SlowEngine(world, *seconds)
    return OcrService(replace(world.context, engine=engine)).worker(slots=4), engine


def test_the_pace_is_a_moving_average_and_every_page_is_measured() -> None:
    world = World()
    world.submit(*"ABC")
    worker, _ = slow_worker(world, 10, 20, 2)
    paces = []
    worker.receive_once(NO_WAIT)
    for _ in range(3):
        worker.work_one()
        paces.append(worker.seconds_per_page)
    assert paces == pytest.approx([10, 12, 10])
    assert world.meter.pages == [("tesseract 1", 10), ("tesseract 1", 20), ("tesseract 1", 2)]
    assert [item.status for item in world.meter.items] == [ItemStatus.DONE] * 3


def test_the_engine_is_given_the_page_its_options_and_the_limit_of_time() -> None:
    world = World(Policy(item_timeout=timedelta(seconds=7)))
    options = JobOptions(psm=6)
    world.owned.submit([Upload("a.tif", io.BytesIO(document("ONE", "TWO")))], options)
    worker, engine = slow_worker(world, 0, 0)
    worker.receive_once(NO_WAIT)
    first, second = worker.claim_one(), worker.claim_one()
    assert isinstance(first, Attempt)
    assert isinstance(second, Attempt)
    for attempt in (first, second):
        worker.recognise(attempt)
    source = document("ONE", "TWO")
    assert sorted(engine.given, key=lambda given: given[0].number) == [
        (Page(source, attempt.item.page, options), timedelta(seconds=7), attempt.stop)
        for attempt in sorted((first, second), key=lambda attempt: attempt.item.page)
    ]
    assert first.ends_at == world.clock.now() + timedelta(seconds=37)


def test_two_workers_share_a_job() -> None:
    world = World()
    job = world.submit(*"ABCDEF")
    first, second = world.service.worker(slots=3), world.service.worker(slots=3)
    first.receive_once(NO_WAIT)
    world.process_all(second)
    world.process_all(first)
    assert [item.ocr_text for item in world.items(job)] == list("ABCDEF")
    assert {item.attempts for item in world.items(job)} == {1}


def test_a_database_that_is_away_does_not_show_the_messages_that_are_held() -> None:
    world = World()
    started(world)
    world.tick(seconds=50)
    world.jobs.before("renew", DatabaseUnavailable("away"))
    world.worker.beat_once()
    world.tick(seconds=50)
    assert not world.messages()


def test_a_page_that_overran_its_time_has_used_its_attempt() -> None:
    world = World()
    job, attempt = started(world)
    world.tick(seconds=150)
    world.worker.beat_once()
    assert isinstance(recognise_item(world.context, attempt), Released)
    assert world.item(job).attempts_limit == 3


def test_an_answer_that_no_commit_takes_ends_as_a_fault_of_ours_and_is_let_go() -> None:
    world = World()
    job, attempt = started(world)
    world.jobs.before("transact", RuntimeError("a row that nobody foresaw"))
    world.worker.recognise(attempt)
    assert world.worker.commit_once() is Step.BLOCKED
    assert world.worker.commit_once() is Step.DONE
    assert world.item(job).last_failure is ItemErrorCode.INTERNAL_ERROR
    assert world.worker.commit_once() is Step.IDLE


def test_an_answer_that_nothing_takes_is_let_go_in_the_end() -> None:
    world = World()
    _, attempt = started(world)
    world.jobs.before("transact", RuntimeError("a row that nobody foresaw"), times=2)
    world.worker.recognise(attempt)
    assert world.worker.commit_once() is Step.BLOCKED
    assert world.worker.commit_once() is Step.DONE
    assert world.worker.commit_once() is Step.IDLE
