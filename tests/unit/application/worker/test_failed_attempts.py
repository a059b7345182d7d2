"""Attempts that fail: what is retried, and what ends the item."""

import pytest

from ocrcore import ItemErrorCode, ItemStatus, JobStatus, Policy, Step
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.ports.documents import DocumentMissing
from ocrcore.ports.engine import EngineFailure, EngineStopped
from working import depth, submit_to, with_engines
from worlds import World


def test_an_engine_that_no_worker_has_is_a_fault_of_the_service() -> None:
    world = World()
    world.use(with_engines(world, "tesseract", "ppocr"))
    job = submit_to(world, "ppocr")
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
    world.documents.before("open", DocumentMissing(), times=3)
    for _ in range(3):
        world.process_all()
        world.tick(minutes=5)
    assert world.item(job).error_code is ItemErrorCode.SOURCE_MISSING


@pytest.mark.parametrize("verb", ["open", "put"])
def test_a_store_that_is_away_costs_the_item_no_attempt(verb: str) -> None:
    world = World()
    job = world.submit()
    world.documents.before(verb, StorageUnavailable("away"), times=10)
    for _ in range(10):
        world.process_all()
        world.tick(minutes=5)
    world.process_all()
    assert world.item(job).status is ItemStatus.DONE


@pytest.mark.parametrize("verb", ["open", "put"])
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
