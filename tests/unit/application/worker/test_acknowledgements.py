from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from ocrcore.application.worker.acknowledgements import Ack, Acknowledgements, Leave, Nack, ack_unclaimed
from ocrcore.application.worker.attempt import Delivery
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.domain.task import Task
from ocrcore.testing.builders import START, a_draft, a_page, an_id
from worlds import World


def delivery(receipt: str) -> Delivery:
    job, item = an_id(1), an_id(2)
    return Delivery(
        Task(job_id=job, item_id=item, s3_bucket="b", s3_key=f"jobs/{job}/{item}.png", created_at=START), receipt
    )


@pytest.mark.parametrize(("number", "seconds"), [(0, 11), (1, 12), (2, 13), (3, 14), (4, 11)])
def test_messages_of_leased_items_come_back_spread_over_the_seconds_after_the_lease(number: int, seconds: int) -> None:
    item = replace(a_page(a_draft()), id=UUID(int=number), lease_until=START + timedelta(seconds=10))
    assert ack_unclaimed(item, START) == Nack(timedelta(seconds=seconds))


def test_the_message_of_a_lapsed_lease_does_not_come_back_before_now() -> None:
    item = replace(a_page(a_draft()), id=UUID(int=0), lease_until=START - timedelta(seconds=10))
    assert ack_unclaimed(item, START) == Nack(timedelta(seconds=1))


def test_what_the_queue_did_not_take_is_sent_again_and_the_latest_delay_counts() -> None:
    world = World()
    world.submit("A", "B")
    first, second = world.messages()
    pending = Acknowledgements(world.context.queue)
    pending.add(delivery(first.receipt), Ack())
    pending.add(delivery(second.receipt), Nack(timedelta(seconds=9)))
    pending.add(delivery("left"), Leave())
    assert len(pending) == 2
    world.queue.before("change_visibility", QueueUnavailable("away"))
    assert not pending.flush()
    assert len(pending) == 1  # the delete was taken
    pending.add(delivery(second.receipt), Nack(timedelta(seconds=5)))
    assert pending.flush()
    assert len(pending) == 0
    world.tick(seconds=5)
    assert [message.message_id for message in world.messages()] == [second.message_id]
    world.tick(hours=1)
    assert [message.message_id for message in world.messages()] == [second.message_id]


def test_a_queue_that_delivers_but_takes_no_acknowledgement_does_not_fill_the_memory() -> None:
    world = World()
    world.queue.before("delete", QueueUnavailable("refused"), times=1000)
    pending = Acknowledgements(world.context.queue)
    for number in range(2500):
        pending.add(delivery(f"{number}.1"), Ack() if number % 2 else Nack(timedelta(seconds=9)))
        if number % 10 == 9:
            assert not pending.flush()
    assert not pending.flush()
    assert len(pending) == 2000
