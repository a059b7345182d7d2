import io
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.memory.engine import MemoryEngine
from adapters.memory.pictures import document
from ocrcore import ItemErrorCode, ItemStatus, JobOptions, OcrService, Policy, Step, Upload, Worker
from ocrcore.application.worker.attempt import Attempt
from ocrcore.application.worker.outcomes import GivenBack, Outcome, Released
from ocrcore.application.worker.recognise_item import recognise_item
from ocrcore.domain.errors import DatabaseUnavailable, QueueUnavailable, StorageUnavailable
from ocrcore.domain.layout import Layout
from ocrcore.ports.engine import EngineFailure, EngineUnavailable, Page, Stop
from ocrcore.ports.queue import Outgoing
from working import started
from worlds import NO_WAIT, World


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
    assert [(page.source.read(), page.number, page.options, *limits) for page, *limits in engine.given] == [
        (source, attempt.item.page, options, timedelta(seconds=7), attempt.stop) for attempt in (first, second)
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
    assert recognise_item(world.context, attempt) == Released(ItemErrorCode.OCR_TIMEOUT)
    assert world.item(job).attempts_limit == 3


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (EngineUnavailable(), GivenBack(timedelta(seconds=10))),
        (StorageUnavailable("away"), GivenBack(timedelta(seconds=10))),
        (EngineFailure(ItemErrorCode.OCR_CRASHED), Released(ItemErrorCode.OCR_CRASHED)),
        (RuntimeError("unforeseen"), Released(ItemErrorCode.INTERNAL_ERROR)),
    ],
)
def test_an_attempt_ends_as_its_error_says(error: Exception, outcome: Outcome) -> None:
    world = World()
    _, attempt = started(world)
    world.engine.before("recognise", error)
    assert recognise_item(world.context, attempt) == outcome


def test_a_part_of_an_output_is_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    _, attempt = started(world)
    cut = Layout(1, 1, "fake 1", ("eng",), "a text without lines", ())
    monkeypatch.setattr(world.context.engine, "recognise", lambda *_, **__: cut)
    assert recognise_item(world.context, attempt) == Released(ItemErrorCode.OCR_CRASHED)


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
