"""Worker threads that are stopped."""

from dataclasses import replace
from datetime import timedelta
from threading import Event, Timer
from typing import BinaryIO

from adapters.memory.documents import MemoryDocuments
from entrypoints.worker.threads import _END, WorkerThreads
from ocrcore import LOCAL_OWNER, ItemStatus, OcrService
from ocrcore.testing.patience import FOREVER
from worlds import World, uploads


class SlowLayouts(MemoryDocuments):
    """Stores pictures at once, layouts when it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.allowed = Event(), Event()

    def put(self, key: str, content: BinaryIO) -> None:
        if key.endswith(".layout.json.gz"):
            self.asked.set()
            self.allowed.wait(FOREVER)
        super().put(key, content)


def test_an_answer_that_is_being_settled_is_waited_for_as_long_as_the_grace_period_lasts() -> None:
    world, documents = World(), SlowLayouts()
    service = OcrService(replace(world.context, documents=documents))
    job = service.of(LOCAL_OWNER).submit(uploads("A"))
    second = timedelta(seconds=1)
    threads = WorkerThreads(
        service, kind="worker", slots=1, visibility=60 * second, upkeep_period=10 * second, poll=second / 10
    )
    threads.start()
    assert documents.asked.wait(FOREVER)
    Timer(_END + 0.5, documents.allowed.set).start()
    threads.stop(FOREVER * second)
    assert world.item(job).status is ItemStatus.DONE
    assert world.messages() == []
