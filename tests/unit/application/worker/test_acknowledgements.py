from datetime import timedelta

from ocrcore.application.worker.acknowledgements import Ack, Acknowledgements, Nack
from ocrcore.application.worker.attempt import Delivery
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.domain.task import Task
from ocrcore.testing.builders import START, an_id
from worlds import World


def delivery(receipt: str) -> Delivery:
    job, item = an_id(1), an_id(2)
    return Delivery(
        Task(job_id=job, item_id=item, s3_bucket="b", s3_key=f"jobs/{job}/{item}.png", created_at=START), receipt
    )


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
