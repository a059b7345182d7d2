"""What the log tells of attempts, and of what is put off."""

import logging

import pytest

from ocrcore import ItemErrorCode, Step
from ocrcore.domain.errors import DatabaseUnavailable, StorageUnavailable
from ocrcore.ports.engine import EngineFailure
from worlds import World, uploads


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
    world.documents.before("open", StorageUnavailable("away"))
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
