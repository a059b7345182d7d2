"""What the accounts of the roles may do in the database is what their processes do: no right is missing or unused."""

import io
import uuid
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import pictures
from adapters.aws.clients import open_clients
from adapters.sql.database import Database
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import SchemaState, migrate, schema_state
from adapters.sql.tables import (
    API_KEYS,
    DELIVERIES,
    ITEMS,
    JOBS,
    KEY_ENTRIES,
    METADATA,
    OUTBOX,
    SEARCH_PAGES,
    TOMBSTONES,
)
from aws_deployment import aws_deployment_on
from entrypoints.cli.doctor_findings import findings
from entrypoints.settings import Settings
from integration.aws.database_rights import PASSWORD, Right, Statements, granted, statements_of_the_file
from mysql_server import MysqlServer, create_schema, mysql_server
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, AnnouncedFile, Edit, JobFilter, JobStatus, OcrService, Place, Step, Upload
from ocrcore.domain.caller import Caller
from ocrcore.domain.correction import rewrite
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.search_page import SearchPage
from ocrcore.ports.jobs import JobTransaction

_NOW = timedelta()
_ACCOUNTS = ("ocr_api", "ocr_worker")
_INIT = "ocr_init"
_TABLES = frozenset({*METADATA.tables, "alembic_version"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with mysql_server(tmp_path_factory.mktemp("mysql")) as server:
        yield server


@pytest.fixture(scope="module")
def settings(server: MysqlServer) -> Iterator[Settings]:
    """A deployment whose tables were made, and whose rights were granted, as the documents say."""
    create_schema(server, "ocr")
    first, *others = statements_of_the_file("ocr")
    with aws_deployment_on(server.url("ocr")) as settings:
        server.execute(first, *others)
        yield settings


def _with_account(settings: Settings, account: str) -> Settings:
    url = sa.make_url(settings.database_url).set(username=account, password=PASSWORD)
    return replace(settings, database_url=url.render_as_string(hide_password=False))


@pytest.fixture(scope="module")
def needed(settings: Settings) -> Iterator[Mapping[str, set[Right]]]:
    noted = {account: Statements(account, _TABLES) for account in _ACCOUNTS}
    for statements in noted.values():
        sa.event.listen(sa.Engine, "before_cursor_execute", statements.note)
    try:
        _live(settings)
        yield {account: statements.rights for account, statements in noted.items()}
    finally:
        for statements in noted.values():
            sa.event.remove(sa.Engine, "before_cursor_execute", statements.note)


def _uploads(pages: int = 1) -> list[Upload]:
    return [Upload(f"{number}.png", io.BytesIO(pictures.png("ALPHA"))) for number in range(pages)]


def _live(settings: Settings) -> None:
    """Let each process do all that it does, with the rights that it has."""
    api, worker = (_with_account(settings, account) for account in _ACCOUNTS)
    api = replace(api, limit_requests=600, allow_private_webhooks=True)
    with service_of_nothing(api) as service, service_of_nothing(worker) as working:
        hook = service.webhooks_of(Caller(LOCAL_OWNER)).create("http://127.0.0.1:9/").webhook.id
        _be_an_api(service)
        _use_keys(service)
        _report(service)
        for process in (service, working):
            service.send(service.without_sending().of(LOCAL_OWNER).submit(_uploads()).id)
            _be_a_worker(working)
            _leave_work_for_upkeep(service, settings)
            process.upkeep_once()
        _correct(api, service)
        service.of(LOCAL_OWNER).delete(_a_done_job(service))
        _use_webhooks(service, hook)
    assert list(findings(api, lambda *_: None, repair=True, every_timeline=True)) is not None
    _start_on_a_newer_schema(settings)


def _use_keys(service: OcrService) -> None:
    old = service.keys.create("ana")
    made = service.keys.rotate(old.key.id)
    service.request_limit.spend("ana")
    job = service.by(service.authenticate(made.text)).submit(_uploads())
    service.by(service.authenticate(made.text)).delete(job.id)
    service.keys_of(service.authenticate(made.text)).revoke(old.key.id)
    assert len(service.keys.history("ana")) > len(service.keys.list("ana"))
    session = service.open_session(made.text, "10.0.0.5")
    service.close_session(service.resume_session(session.text or "").caller)


def _correct(settings: Settings, service: OcrService) -> None:
    """Correct a page below the use case: the engine of these processes reads no word that could be corrected."""
    jobs = service.of(LOCAL_OWNER)
    (item,) = jobs.items(_a_done_job(service), limit=1)
    jobs.review(item.id)
    jobs.least_sure()
    place, now = Place(0, 0), datetime.now(UTC)

    def decide(transaction: JobTransaction) -> None:
        before, standing = transaction.item(item.id), transaction.corrections(item.id)
        assert before is not None
        after = before.corrected(f"BRAVO {before.revision}")
        change = rewrite([Edit(place, "BRAVO")], standing, revision=after.revision, actor="ana", now=now)
        transaction.correct(item.id, change)
        transaction.save(transaction.job.corrected(after, 1, now), after)
        transaction.reindex(SearchPage.read(after, transaction.job.owner))

    with closing(Database(settings.database_url)) as database:
        for _ in range(2):
            SqlJobs(database).transact(item.job_id, decide)
        assert len(SqlJobs(database).corrections(item.id, LOCAL_OWNER)) == 1


def _use_webhooks(service: OcrService, webhook_id: uuid.UUID) -> None:
    webhooks = service.webhooks_of(Caller(LOCAL_OWNER))
    assert len(webhooks.list()) == 1
    pinged = webhooks.ping(webhook_id)
    assert service.due_webhooks() == {webhook_id: LOCAL_OWNER}
    assert service.deliver_once(webhook_id) is not None
    webhooks.redeliver(webhook_id, pinged.id)
    told = webhooks.deliveries(webhook_id, limit=200)
    assert {delivery.event for delivery in told} >= {"job.finished", "job.deleted"}
    service.delivery_figures()
    assert service.forget_deliveries_once() == len(_ACCOUNTS)
    webhooks.delete(webhook_id)


def _a_done_job(service: OcrService) -> uuid.UUID:
    return service.of(LOCAL_OWNER).list(JobFilter(status=JobStatus.DONE))[0].id


def _start_on_a_newer_schema(settings: Settings) -> None:
    with closing(Database(settings.database_url)) as database:
        database.write(lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'"))
    for account in _ACCOUNTS:
        with closing(Database(_with_account(settings, account).database_url)) as database:
            assert schema_state(database) is SchemaState.COMPATIBLE


def _report(service: OcrService) -> None:
    service.report(worker_id=uuid.uuid4(), kind="worker", host="here", slots=1, seconds_per_page=None)
    service.fleet()
    service.totals()
    service.search_backlog()
    assert all(service.checks().values())


def _be_an_api(service: OcrService) -> None:
    jobs = service.of(LOCAL_OWNER)
    job = jobs.submit_once(_uploads(2), service.default_options, key="k").job
    jobs.submit_once(_uploads(2), service.default_options, key="k")
    jobs.rename(job.id, "named")
    jobs.list()
    jobs.items(job.id)
    jobs.blocked_by(job)
    jobs.search("alpha")
    jobs.cancel(job.id)
    jobs.retry(job.id)
    draft = jobs.draft([AnnouncedFile("a.png", 10)])
    jobs.renew_addresses(draft.job.id)
    jobs.delete(draft.job.id)
    jobs.delete(jobs.submit(_uploads()).id)
    service.open_deadlines([job.id])
    jobs.usage()
    service.overview()
    service.glance()


def _be_a_worker(service: OcrService) -> None:
    _report(service)
    worker = service.worker(slots=1)
    while worker.receive_once(_NOW) is Step.DONE or worker.has_waiting:
        worker.beat_once()
        for step in (worker.process_one, worker.commit_once, worker.acknowledge_once):
            step()
    worker.drain()


def _leave_work_for_upkeep(service: OcrService, settings: Settings) -> None:
    """Leave a bit of all that time makes due, and what release 0.1 leaves of a job that it deletes."""
    jobs = service.without_sending().of(LOCAL_OWNER)
    overdue, lapsed, forgotten = (jobs.submit(_uploads()).id for _ in range(3))
    draft = jobs.draft([AnnouncedFile("a.png", 10)]).job.id
    gone = jobs.submit(_uploads()).id
    done = _a_done_job(service)
    past, long_ago = (datetime.now(UTC) - timedelta(days=days) for days in (2, 9999))
    with closing(open_clients(region=settings.aws_region)) as clients:
        dead = clients.sqs.get_queue_url(QueueName=settings.sqs_dlq)["QueueUrl"]
        clients.sqs.send_message(QueueUrl=dead, MessageBody="not ours")
    with closing(Database(settings.database_url)) as database:
        changes = [
            sa.update(JOBS).where(JOBS.c.id == overdue).values(sqs_retention_deadline=past),
            sa.update(JOBS).where(JOBS.c.id == lapsed).values(pending=0, processing=1, status="PROCESSING"),
            sa.update(ITEMS)
            .where(ITEMS.c.job_id == lapsed)
            .values(status="PROCESSING", attempts=1, lease_until=past, started_at=past),
            sa.update(ITEMS).where(ITEMS.c.job_id == forgotten).values(queued_at=past),
            sa.delete(OUTBOX).where(OUTBOX.c.job_id == forgotten),
            sa.update(JOBS).where(JOBS.c.id == draft).values(created_at=past),
            sa.update(ITEMS).where(ITEMS.c.status == "DONE").values(is_indexed=None),
            sa.update(SEARCH_PAGES).where(SEARCH_PAGES.c.job_id == done).values(job_id=gone),
            *(sa.delete(table).where(table.c.job_id == gone) for table in (OUTBOX, ITEMS)),
            sa.delete(JOBS).where(JOBS.c.id == gone),
            sa.insert(KEY_ENTRIES).values(owner="ana", at=long_ago, event_id="1", action="x", actor="x", detail="{}"),
            sa.insert(DELIVERIES).values(
                {"id": uuid.uuid4(), "webhook_id": gone, "message_id": "1", "event": "ping", "created_at": long_ago}
                | {"status": "FAILED", "attempts": 0, "tries": 0, "body": "{}"}
            ),
            sa.insert(API_KEYS).values(
                {"id": "oldkey", "owner": "ana", "name": "", "hash": "", "scopes": "read", "created_at": long_ago}
                | {"created_by": "ana", "expires_at": long_ago, "session_epoch": 0}
            ),
            *(
                sa.insert(TOMBSTONES).values(job_id=job_id, owner="local", deleted_at=at, purge_at=at, purges=purges)
                for job_id, at, purges in ((gone, past, 0), (uuid.uuid4(), past - timedelta(days=20), 2))
            ),
        ]

        def change(connection: sa.Connection) -> None:
            for statement in changes:
                connection.execute(statement)

        database.write(change)


@pytest.mark.parametrize("account", _ACCOUNTS)
def test_an_account_may_do_what_its_process_does(needed: Mapping[str, set[Right]], account: str) -> None:
    assert sorted(needed[account] - granted(account)) == []


@pytest.mark.parametrize("account", _ACCOUNTS)
def test_an_account_may_do_nothing_else(needed: Mapping[str, set[Right]], account: str) -> None:
    assert sorted(granted(account) - needed[account]) == []


@pytest.mark.parametrize("account", _ACCOUNTS)
def test_no_process_changes_a_table(settings: Settings, account: str) -> None:
    with closing(Database(_with_account(settings, account).database_url)) as database:
        for statement in ("CREATE TABLE more (id INT)", "DROP TABLE jobs", "ALTER TABLE jobs ADD more INT"):
            with pytest.raises(DatabaseUnavailable, match="lacks a right"), database.reading() as connection:
                connection.exec_driver_sql(statement)


@pytest.mark.usefixtures("settings")  # which makes the accounts
def test_init_needs_each_right_that_it_has_and_no_other(server: MysqlServer) -> None:
    """It makes every table, and fails without any of its rights."""
    (grant,) = [statement for statement in statements_of_the_file("made") if f"TO {_INIT}@" in statement]
    rights = grant.removeprefix("GRANT ").partition(" ON ")[0].split(", ")
    unused = []
    for missing in (None, *rights):
        without = [] if missing is None else [f"REVOKE {missing} ON made.* FROM {_INIT}@'%'"]
        server.execute("DROP DATABASE IF EXISTS made", "CREATE DATABASE made", grant, *without)
        with closing(Database(server.url("made").replace("ocr:secret", f"{_INIT}:{PASSWORD}"))) as database:
            try:
                assert migrate(database) is SchemaState.CURRENT
            except DatabaseUnavailable:
                assert missing is not None
            else:
                unused += [] if missing is None else [missing]
    assert unused == ["REFERENCES"]  # MySQL asks for it, for foreign keys; MariaDB does not


def test_the_account_of_init_is_the_same_before_it_and_after() -> None:
    """Two files make it: it has to be there before there are tables that rights can be granted on."""
    schema, *account = statements_of_the_file("ocr", "before-init.sql")
    assert schema == "CREATE DATABASE IF NOT EXISTS ocr"
    assert account == [one for one in statements_of_the_file("ocr") if f"{_INIT}@" in one]
