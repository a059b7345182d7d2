"""Planted bugs below the repository port, on a real server, under the suites; every class here must fail.

Not collected by itself: `planted_suites.py` runs it and reads what failed.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, TypeVar
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from adapters.sql.api_keys import SqlApiKeys
from adapters.sql.database import Database
from adapters.sql.jobs import SqlJobs
from adapters.sql.rows import job_row
from adapters.sql.tables import ITEMS, JOBS, WEBHOOKS
from adapters.sql.transaction import SqlTransaction
from adapters.sql.webhooks import SqlWebhooks
from integration.mysql import test_races
from integration.mysql.conftest import record_of
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.webhook import Webhook
from ocrcore.ports.api_keys import KeyCursor
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.webhooks import WebhookCursor
from ocrcore.testing.api_keys import ApiKeysContract
from ocrcore.testing.builders import StateOfRecord
from ocrcore.testing.jobs import JobsContract
from ocrcore.testing.webhooks import WebhooksContract

T = TypeVar("T")
_COUNTERS = ("pending", "processing", "done", "error", "expired")


class _LateTransaction(SqlTransaction):
    """Writes items now, and leaves the job for later."""

    late: Job | None = None

    def save(self, job: Job, *items: Item) -> Job:
        self.late = job
        return super().save(self._written, *items)


class TwoTransactionsJobs(SqlJobs):
    """Items in one transaction, what they make of their job in the next."""

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        made: list[_LateTransaction] = []

        def write(connection: sa.Connection) -> T:
            made.append(_LateTransaction(connection, job_id, items))
            return decide(made[-1])

        answer = self._database.write(write)
        if (late := made[-1].late) is not None:
            statement = sa.update(JOBS).where(JOBS.c.id == job_id).values(job_row(late))
            self._database.write(lambda connection: connection.execute(statement))
        return answer


class _OwnTransaction(SqlJobs):
    """Jobs with a transaction of another kind."""

    kind: ClassVar[type[SqlTransaction]]

    def transact(self, job_id: UUID, decide: Callable[[JobTransaction], T], *, items: Sequence[UUID] = ()) -> T:
        return self._database.write(lambda connection: decide(self.kind(connection, job_id, items)))


class _BlindTransaction(SqlTransaction):
    """Adds to the counters what changed, without asking whether it was added before."""

    def _save_job(self, job_id: UUID, changes: Mapping[str, Any]) -> None:
        locked = job_row(self._locked)
        counted = {name: JOBS.c[name] + (changes[name] - locked[name]) for name in _COUNTERS if name in changes}
        self._connection.execute(sa.update(JOBS).where(JOBS.c.id == job_id).values({**changes, **counted}))


class BlindCounterJobs(_OwnTransaction):
    kind = _BlindTransaction


class _RuthlessTransaction(SqlTransaction):
    """Sweeps every item, whatever it is."""

    def _in_status(self, statement: sa.Update, status: ItemStatus) -> sa.Update:  # noqa: ARG002 - that is the mistake
        return statement.where(ITEMS.c.job_id == self._locked.id)


class RuthlessSweeperJobs(_OwnTransaction):
    kind = _RuthlessTransaction


class HalfDoneDatabase(Database):
    """Goes on with what a statement that waited too long for a lock has left of its transaction."""

    def _write_once(self, work: Callable[[sa.Connection], T], alone_with: str | None) -> T:
        def without_rollback(connection: sa.Connection) -> T:
            try:
                return work(connection)
            except DBAPIError:
                connection.commit()
                raise

        return super()._write_once(without_rollback, alone_with)


class OwnerlessItemJobs(SqlJobs):
    """An item is found by its id alone."""

    def item(self, item_id: UUID, owner: str) -> Item:
        with self._database.reading() as connection:
            of_job = sa.select(JOBS.c.owner).join(ITEMS, ITEMS.c.job_id == JOBS.c.id).where(ITEMS.c.id == item_id)
            return super().item(item_id, connection.execute(of_job).scalar() or owner)


class OwnerlessWebhooks(SqlWebhooks):
    """The list of webhooks is that of all owners."""

    def list(self, owner: str, after: WebhookCursor | None, limit: int) -> Sequence[Webhook]:
        with self._database.reading() as connection:
            owners = connection.execute(sa.select(WEBHOOKS.c.owner).distinct()).scalars().all()
        every = [
            webhook for each in {owner, *owners} for webhook in super(OwnerlessWebhooks, self).list(each, after, limit)
        ]
        return sorted(every, key=lambda webhook: (webhook.created_at, webhook.id), reverse=True)[:limit]


class OwnerlessKeys(SqlApiKeys):
    """The list of keys of an owner is that of the operator."""

    def list(self, owner: str | None, after: KeyCursor | None, limit: int) -> Sequence[ApiKey]:  # noqa: ARG002 - that is the mistake
        return super().list(None, after, limit)


class _Planted(JobsContract):
    planted: ClassVar[type[SqlJobs]] = SqlJobs

    @pytest.fixture
    def record(self, database: Database) -> StateOfRecord:
        return replace(record_of(database), jobs=self.planted(database))


class TestTwoTransactionFinalise(_Planted):
    planted = TwoTransactionsJobs


class TestBlindCounter(_Planted):
    planted = BlindCounterJobs


class TestSweeperWithoutCompareAndSet(_Planted):
    planted = RuthlessSweeperJobs


class TestOwnerlessItem(_Planted):
    planted = OwnerlessItemJobs


class TestOwnerlessWebhooks(WebhooksContract):
    @pytest.fixture
    def record(self, database: Database) -> StateOfRecord:
        return replace(record_of(database), webhooks=OwnerlessWebhooks(database))


class TestOwnerlessKeys(ApiKeysContract):
    @pytest.fixture
    def record(self, database: Database) -> StateOfRecord:
        return replace(record_of(database), api_keys=OwnerlessKeys(database))


class TestRoundedDeadline(_Planted):
    @pytest.fixture(autouse=True)
    def _without_fractions(self, database: Database) -> Iterator[None]:
        for kind in ("DATETIME NOT NULL", "DATETIME(6) NOT NULL"):
            with database.engine.begin() as connection:
                connection.exec_driver_sql(f"ALTER TABLE jobs MODIFY sqs_retention_deadline {kind}")
            if kind == "DATETIME NOT NULL":
                yield


class TestLockWaitWithoutRollback:
    @pytest.fixture
    def here(self, migrated: str, database: Database) -> Iterator[SqlJobs]:  # noqa: ARG002 - it empties the tables
        half_done = HalfDoneDatabase(migrated)
        yield SqlJobs(half_done)
        half_done.close()

    test_a_lock_wait = staticmethod(test_races.test_a_transaction_that_waited_too_long_begins_again)
