from datetime import timedelta

from ocrcore.application.disposals import Disposals
from ocrcore.application.messages import Fate
from ocrcore.application.work import Held
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.domain.task import Task
from ocrcore.testing.builders import START, an_id
from worlds import World


def held(receipt: str) -> Held:
    job, item = an_id(1), an_id(2)
    return Held(
        Task(job_id=job, item_id=item, s3_bucket="b", s3_key=f"jobs/{job}/{item}.png", created_at=START), receipt
    )


def test_a_queue_that_hands_out_and_hears_nothing_does_not_fill_the_memory() -> None:
    world = World()
    world.queue.before("delete", QueueUnavailable("refused"), times=1000)
    disposals = Disposals(world.context.queue)
    for number in range(2500):
        disposals.put(held(f"{number}.1"), Fate.DELETE if number % 2 else timedelta(seconds=9))
        if number % 10 == 9:
            assert not disposals.flush()
    assert not disposals.flush()
    assert len(disposals) == 2000
