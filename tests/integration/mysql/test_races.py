"""What only real transactions of two connections show."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest
import sqlalchemy as sa

from adapters.memory.clock import MemoryClock
from adapters.sql.database import Database
from adapters.sql.jobs import SqlJobs
from adapters.sql.queue import SqlQueue
from adapters.sql.tables import DELIVERIES, ITEMS, JOBS, OUTBOX, WEBHOOKS
from adapters.sql.transaction import SqlTransaction
from mysql_server import MysqlServer
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import OcrError
from ocrcore.domain.idempotency import IdempotencyKey, IdempotencyKeyTaken
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus, JobStatus
from ocrcore.domain.webhook import DELIVERY_LEASE
from ocrcore.ports.jobs import JobTransaction, Lease
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.builders import (
    LEASE,
    START,
    StateOfRecord,
    a_draft,
    a_page,
    all_items,
    claim,
    finish,
    submit,
)
from ocrcore.testing.deliveries import a_delivery, put_deliveries
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.patience import eventually
from ocrcore.testing.queue_timed import NOW
from ocrcore.testing.webhooks import a_webhook, put_webhooks

_ROUNDS = 50


@pytest.fixture
def here(database: Database) -> SqlJobs:
    return SqlJobs(database)


@pytest.fixture
def there(other: Database) -> SqlJobs:
    return SqlJobs(other)


def _end(jobs: SqlJobs, job: Job, sweep: Sweep) -> None:
    def decide(transaction: JobTransaction) -> None:
        transaction.save(transaction.job.swept(sweep, transaction.sweep(sweep)))

    jobs.transact(job.id, decide)


def _assert_counts_are_the_items(jobs: SqlJobs, job: Job) -> list[Item]:
    items = all_items(jobs, job)
    statuses, counts = Counter(item.status for item in items), jobs.get(job.id, "ana").counts
    assert (counts.pending, counts.processing, counts.done, counts.error) == tuple(statuses[s] for s in ItemStatus)
    return items


def test_the_last_two_items_finish_at_once_fifty_times(here: SqlJobs, there: SqlJobs) -> None:
    for number in range(_ROUNDS):
        first, second = (claim(here, item) for item in all_items(here, submit(here, a_draft(number), 2)))
        at_once(partial(finish, here, first), partial(finish, there, second))
        job = here.get(first.job_id, "ana")
        assert (job.status, job.counts) == (JobStatus.DONE, Counts(total=2, done=2))
        assert job.finished_at == START


def test_a_claim_meets_a_cancellation(here: SqlJobs, there: SqlJobs) -> None:
    for number in range(_ROUNDS):
        job = submit(here, a_draft(number), 2)
        at_once(partial(claim, here, a_page(job)), partial(_end, there, job, Sweep.cancel(START)))
        items = _assert_counts_are_the_items(here, job)
        assert {item.error_code for item in items} == {ItemErrorCode.CANCELLED}


def test_a_finish_meets_the_deadline(here: SqlJobs, there: SqlJobs) -> None:
    ends = Counter[ItemStatus]()
    for number in range(_ROUNDS):
        job = submit(here, a_draft(number), 2)
        begun = claim(here, a_page(job))
        finished, _ = at_once(partial(finish, here, begun), partial(_end, there, job, Sweep.expire(START)))
        first, second = _assert_counts_are_the_items(here, job)
        assert second.error_code is ItemErrorCode.EXPIRED
        assert (first.status is ItemStatus.DONE) == (not isinstance(finished, OcrError))
        ends[first.status] += 1
    assert set(ends) <= {ItemStatus.DONE, ItemStatus.ERROR}


def test_a_heartbeat_meets_everything_else(here: SqlJobs, there: SqlJobs) -> None:
    for number in range(_ROUNDS):
        job = submit(here, a_draft(number), 8)
        begun = [claim(here, item) for item in all_items(here, job)]
        leases = [Lease(item.id, 1) for item in begun]
        kept = at_once(
            partial(here.renew, leases, START + 2 * LEASE),
            partial(there.renew, leases[::-1], START + 2 * LEASE),
            partial(_end, there, job, Sweep.cancel(START)),
        )
        assert [outcome for outcome in kept if isinstance(outcome, OcrError)] == []
        assert {item.lease_until for item in _assert_counts_are_the_items(here, job)} == {None}


def test_of_two_submissions_with_one_key_at_once_one_wins(here: SqlJobs, there: SqlJobs) -> None:
    def submit_with(jobs: SqlJobs, draft: Job, key: str) -> Job:
        def decide(transaction: JobTransaction) -> Job:
            job = replace(transaction.job.submitted(START, 1), idempotency=IdempotencyKey(key, "0" * 64))
            transaction.add([a_page(job)])
            return transaction.save(job)

        return jobs.transact(draft.id, decide)

    for number in range(_ROUNDS):
        drafts = [a_draft(2 * number), a_draft(2 * number + 1)]
        for draft in drafts:
            here.add(draft)
        key = f"key-{number}"
        outcomes = at_once(
            *(partial(submit_with, jobs, draft, key) for jobs, draft in zip((here, there), drafts, strict=True))
        )
        winner = next(outcome for outcome in outcomes if isinstance(outcome, Job))
        assert [type(outcome) for outcome in outcomes if outcome is not winner] == [IdempotencyKeyTaken]
        assert here.find("ana", key) == winner


def test_an_announced_item_is_locked_after_its_job(database: Database, other: Database) -> None:
    """Who waits for the item has the job, so that everybody comes the same way."""
    job = submit(SqlJobs(database), a_draft())
    free = sa.select(JOBS.c.id).where(JOBS.c.id == job.id).with_for_update(skip_locked=True)
    item = sa.select(ITEMS.c.id).where(ITEMS.c.job_id == job.id).with_for_update()
    with database.engine.begin() as holder, other.engine.begin() as waiter:
        holder.execute(item)
        waiter.exec_driver_sql("SET innodb_lock_wait_timeout=1")
        with pytest.raises(sa.exc.OperationalError):
            SqlTransaction(waiter, job.id, [a_page(job).id])
        with database.engine.begin() as third:
            assert third.execute(free).all() == []  # the waiter's statement was undone, its locks are kept


def test_a_transaction_that_waited_too_long_begins_again(here: SqlJobs, other: Database) -> None:
    """Error 1205 undoes its own statement only; what came before it must go, too."""
    job = submit(here, a_draft())
    tries: list[object] = []
    outcomes: list[object] = []

    def order(transaction: JobTransaction) -> None:
        tries.append("begun")
        transaction.enqueue([a_page(job)], START)
        transaction.item(a_page(job).id)  # waits for the lock of its row
        outcomes.append("decided")

    with ThreadPoolExecutor(1) as pool:
        with other.engine.begin() as holder:
            holder.execute(sa.select(ITEMS.c.id).where(ITEMS.c.job_id == job.id).with_for_update())
            before = holder.scalar(sa.select(sa.func.count()).select_from(OUTBOX))
            waiting = pool.submit(here.transact, job.id, order)
            assert eventually(lambda: len(tries) > 1)
        waiting.result()
    with other.reading() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(OUTBOX)) == (before or 0) + 1
    assert outcomes == ["decided"]


def test_a_lease_of_a_delivery_waits_for_the_one_before(
    server: MysqlServer, sql_record: StateOfRecord, other: Database
) -> None:
    """Else both would count the same deliveries under way, and three of them would be."""
    put_webhooks(sql_record, a_webhook())
    put_deliveries(sql_record, *map(a_delivery, range(3)))
    lease = partial(sql_record.deliveries.lease, a_webhook().id, START, 2)
    assert lease() is not None
    waits = "SELECT 1 FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    with ThreadPoolExecutor(1) as pool, other.engine.begin() as before:
        before.execute(sa.select(WEBHOOKS.c.id).where(WEBHOOKS.c.id == a_webhook().id).with_for_update())
        second = sa.update(DELIVERIES).where(DELIVERIES.c.id == a_delivery(2).id)
        before.execute(second.values(lease_until=START + DELIVERY_LEASE))
        third = pool.submit(lease)
        assert eventually(lambda: third.done() or server.execute(waits))
        assert not third.done()
        before.commit()
        assert third.result() is None


def test_receivers_at_once_share_nothing_and_leave_nothing(database: Database, other: Database) -> None:
    clock = MemoryClock(START)
    queues = [SqlQueue(database, clock), SqlQueue(other, clock)]
    queues[0].send([Outgoing(str(number), f"group-{number % 7}") for number in range(200)])
    received = [
        message.body
        for _ in range(10)
        for batch in at_once(*(partial(queue.receive, 10, wait=NOW) for queue in queues))
        if not isinstance(batch, OcrError)
        for message in batch
    ]
    assert sorted(received, key=int) == [str(number) for number in range(200)]


def test_a_group_that_is_left_and_joined_at_once_loses_nothing(database: Database, other: Database) -> None:
    clock = MemoryClock(START)
    here, there = SqlQueue(database, clock), SqlQueue(other, clock)
    here.send([Outgoing("0", "ana")])
    for number in range(1, _ROUNDS):
        (last,) = here.receive(10, wait=NOW)
        at_once(partial(here.delete, [last.receipt]), partial(there.send, [Outgoing(str(number), "ana")]))
    assert [message.body for message in here.receive(10, wait=NOW)] == [str(_ROUNDS - 1)]
