"""One worker at full load, in one thread: the steps in the order in which a busy process takes them."""

import io
from collections.abc import Sequence
from datetime import timedelta

from ocrcore import LOCAL_OWNER, Job, OcrService, Step, Upload, Worker

_NOW = timedelta()
#: Messages that gather before the queue is told what becomes of them.
_GATHERED = 10


def submit(service: OcrService, picture: bytes, pages: int) -> Job:
    """Submit so many pages as one job."""
    return service.of(LOCAL_OWNER).submit([Upload(f"{number}.png", io.BytesIO(picture)) for number in range(pages)])


def work_off(service: OcrService, slots: int = 2) -> None:
    """Take every step until nothing is left to do, upkeep included."""
    worker = service.worker(slots=slots)
    while worker.receive_once(_NOW) is Step.DONE or worker.has_waiting:
        _one_round(worker, slots)
    worker.acknowledge_once()
    service.upkeep_once()


def _one_round(worker: Worker, slots: int) -> Sequence[Step]:
    steps = [worker.fetch_once()]
    steps += [worker.process_one() for _ in range(slots)]
    while worker.commit_once() is Step.DONE:
        pass
    if worker.unacknowledged >= _GATHERED:
        steps.append(worker.acknowledge_once())
    return steps
