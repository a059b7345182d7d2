"""A hundred pages, three workers that share nothing but the database, and an engine that does nothing."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa

from adapters.local.ids import Uuid7Ids
from adapters.memory.queue import MemoryQueue
from adapters.sql.audit_outbox import SqlAuditOutbox
from adapters.sql.clock import DatabaseClock
from adapters.sql.database import Database
from adapters.sql.due_work import SqlDueWork
from adapters.sql.jobs import SqlJobs
from adapters.sql.outbox import SqlOutbox
from adapters.sql.tables import AUDIT_OUTBOX, ITEMS
from adapters.sql.tombstones import SqlTombstones
from adapters.sql.workers import SqlWorkers
from ocrcore import LOCAL_OWNER, JobStatus, OcrService, Step
from worlds import NO_WAIT, World, uploads

PAGES, WORKERS = 100, 3
#: The more, the rarer the order of events that is met.
RUNS = 50


@pytest.fixture
def services(database: Database) -> Iterator[list[OcrService]]:
    """Services that share a database, a queue and a store, and nothing else."""
    world = World()
    with ExitStack() as open_ones:
        databases = [
            open_ones.enter_context(closing(Database(database.engine.url.render_as_string(hide_password=False))))
            for _ in range(WORKERS)
        ]
        queue = MemoryQueue(DatabaseClock(databases[0]))
        yield [
            OcrService(
                replace(
                    world.context,
                    jobs=SqlJobs(one),
                    due_work=SqlDueWork(one),
                    outbox=SqlOutbox(one),
                    audit_outbox=SqlAuditOutbox(one),
                    tombstones=SqlTombstones(one),
                    workers=SqlWorkers(one),
                    clock=DatabaseClock(one),
                    ids=Uuid7Ids(),
                    queue=queue,
                )
            )
            for one in databases
        ]


def work(service: OcrService, gate: Barrier) -> None:
    worker = service.worker(slots=10)
    gate.wait()
    while worker.receive_once(NO_WAIT) is Step.DONE or worker.has_waiting:
        worker.work_one()


@pytest.mark.parametrize("run", range(RUNS))
def test_a_job_is_done_and_counted_right_whoever_comes_last(
    services: list[OcrService], database: Database, run: int
) -> None:
    job = services[0].of(LOCAL_OWNER).submit(uploads(*(f"{run} {number}" for number in range(PAGES))))
    gate = Barrier(WORKERS)
    threads = [Thread(target=work, args=(service, gate)) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done = services[0].of(LOCAL_OWNER).get(job.id)
    assert (done.status, done.counts.done, done.counts.pending, done.counts.processing) == (JobStatus.DONE, PAGES, 0, 0)
    with database.reading() as connection:
        attempts = connection.execute(sa.select(sa.func.max(ITEMS.c.attempts), sa.func.count())).one()
        told = connection.execute(sa.select(sa.func.count()).where(AUDIT_OUTBOX.c.action == "item.recognised")).scalar()
    assert tuple(attempts) == (1, PAGES)
    assert told == PAGES
