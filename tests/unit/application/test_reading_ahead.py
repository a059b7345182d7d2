from dataclasses import replace

import pytest

from ocrcore import ItemStatus, Step
from ocrcore.application.holding import Holding
from ocrcore.application.work import Held
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.task import Task
from ocrcore.ports.queue import Outgoing
from worlds import NO_WAIT, World


def waiting(*texts: str) -> World:
    """Return a world whose worker of one slot holds a message of each text."""
    world = World()
    world.worker = world.service.worker(slots=1)
    world.submit(*texts)
    while world.worker.receive_once(NO_WAIT) is Step.DONE:
        pass
    return world


def test_the_document_behind_an_idle_slot_is_read_ahead_once() -> None:
    world = waiting("A", "B")
    assert [world.worker.fetch_once() for _ in range(2)] == [Step.DONE, Step.IDLE]
    assert world.worker.work_one() is Step.DONE
    world.documents.before("get", AssertionError("read again"))
    assert world.worker.work_one() is Step.DONE


def test_a_document_that_cannot_be_read_ahead_is_read_by_its_slot() -> None:
    world = waiting("A", "B")
    world.documents.before("get", StorageUnavailable("away"))
    assert world.worker.fetch_once() is Step.DONE
    world.worker.work_one()
    world.worker.work_one()
    (job,) = world.service.list()
    assert [item.ocr_text for item in world.items(job)] == ["A", "B"]


@pytest.mark.parametrize("bucket", ["memory", "another"])
def test_a_document_that_a_message_names_wrongly_is_not_the_items(bucket: str) -> None:
    world = World()
    world.worker = world.service.worker(slots=1)
    job = world.submit("A", "B")
    (first, _), tasks = world.items(job), [Task.from_json(message.body) for message in world.messages()]
    for task in tasks:
        forged = replace(task, s3_key=first.s3_key, s3_bucket=bucket)
        world.context.queue.send([Outgoing(forged.to_json(), "local")])
    while world.worker.receive_once(NO_WAIT) is Step.DONE:
        world.worker.fetch_once()
    while world.worker.has_waiting:
        world.worker.work_one()
    assert [(item.status, item.ocr_text) for item in world.items(job)] == [
        (ItemStatus.DONE, "A"),
        (ItemStatus.DONE, "B"),
    ]


def test_a_slot_begins_nothing_while_many_answers_wait_and_goes_on_as_soon_as_one_is_settled() -> None:
    world = waiting("A", "B", "C", "D", "E")
    for _ in range(3):
        assert world.worker.process_one() is Step.DONE
        world.worker.receive_once(NO_WAIT)
    assert not world.worker.has_waiting
    assert world.worker.process_one() is Step.IDLE
    assert world.worker.settle_once() is Step.DONE
    assert world.worker.has_waiting
    assert world.worker.process_one() is Step.DONE


def test_receives_grow_where_the_queue_is_deep_and_shrink_where_it_is_not() -> None:
    holding = Holding(slots=2)
    asked = []
    for received in (2, 4, 8, 10, 3, 2):
        asked.append(holding.room)
        holding.heard(holding.room, received)
    assert asked == [2, 4, 8, 10, 10, 2]


def test_no_more_is_asked_for_while_more_than_one_waits_for_each_slot(held: list[Held]) -> None:
    holding = Holding(slots=2)
    holding.add(held[:3])
    assert holding.room == 0
    holding.take()
    assert holding.room == 2


def test_what_was_taken_is_not_read_ahead(held: list[Held]) -> None:
    holding = Holding(slots=1)
    holding.add(held[:2])
    assert holding.unread(0) is held[0]
    assert holding.take() == (held[0], None)
    assert not holding.reserve(held[0])


def test_a_document_that_comes_after_its_message_was_taken_is_let_go(held: list[Held]) -> None:
    holding = Holding(slots=1)
    holding.add(held[:1])
    assert holding.reserve(held[0])
    holding.take()
    holding.keep(held[0], b"late")
    holding.put_back(held[0])
    assert holding.take() == (held[0], None)


@pytest.fixture
def held() -> list[Held]:
    world = World()
    world.submit(*"ABCD")
    return [Held(Task.from_json(message.body), message.receipt) for message in world.messages()]
