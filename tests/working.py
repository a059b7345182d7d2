"""What tests of a worker begin with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from adapters.memory.engine import MemoryEngine
from ocrcore import Job, JobOptions, OcrService
from ocrcore.application.worker.attempt import Attempt
from ocrcore.ports.jobs import JobTransaction
from worlds import World, uploads


@contextmanager
def at_work(world: World) -> Iterator[None]:
    """Let a worker read until the end of the block."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.01):
            world.process_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def depth(world: World) -> int:
    """Return how many messages there are, hidden ones included."""
    world.tick(hours=1)
    return len(world.messages())


def claim_elsewhere(world: World, job: Job) -> None:
    """Let another worker claim the job's only item, and go no further."""
    item_id = world.item(job).id

    def decide(transaction: JobTransaction) -> None:
        item = transaction.item(item_id)
        assert item is not None
        now = world.clock.now()
        claimed = item.claim(now, timedelta(seconds=60))
        transaction.save(transaction.job.moved([(item, claimed)], now), claimed)

    world.context.jobs.transact(job.id, decide)


def submit_to(world: World, engine: str) -> Job:
    return world.owned.submit(uploads("HELLO"), JobOptions(engine=engine))


def with_engines(world: World, *names: str) -> OcrService:
    """Return a service on the same backend, of a machine with other engines."""
    return OcrService(replace(world.context, engine=MemoryEngine(engines=dict.fromkeys(names, ("eng",)))))


def started(world: World) -> tuple[Job, Attempt]:
    """Submit a page and let the worker claim it."""
    job = world.submit()
    world.receive()
    return job, world.claim()
