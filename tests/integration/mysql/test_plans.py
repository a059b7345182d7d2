"""Every query that the product makes finds its rows by an index, among many that it does not want."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.memory.clock import MemoryClock
from adapters.sql.audit import SqlAudit
from adapters.sql.database import Database
from adapters.sql.migrate import migrate
from adapters.sql.queue import SqlQueue
from adapters.sql.row_scan import SqlRowScan
from adapters.sql.rows import entry_row, item_row, job_row, order_row, page_row, report_row, tombstone_row
from adapters.sql.tables import (
    AUDIT,
    AUDIT_OUTBOX,
    ITEMS,
    JOBS,
    OUTBOX,
    SEARCH_PAGES,
    SEARCH_TERMS,
    TOMBSTONES,
    WORKERS,
)
from adapters.sql.workers import SqlWorkers
from integration.mysql.conftest import record_of
from mysql_server import MysqlServer, create_schema
from ocrcore.domain.fleet import WorkerReport
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.item_row import Place
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import Counts, ItemStatus, JobStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import parse_query
from ocrcore.ports.audit import AuditCursor
from ocrcore.ports.jobs import JobCursor, JobFilter, Lease, ReviewCursor
from ocrcore.ports.queue import Outgoing
from ocrcore.ports.row_scan import BEGINNING, NIL
from ocrcore.testing.audit import an_entry
from ocrcore.testing.builders import (
    LEASE,
    START,
    TICK,
    StateOfRecord,
    a_draft,
    a_layout,
    a_page,
    a_tombstone,
    an_id,
    claim,
    delete,
    finish,
)

Statements = list[tuple[str, Any]]
_JOBS = 500
_PAGES = 4
_PAGE = 50  # rows
_NOW = START + timedelta(seconds=_JOBS)
_CURSOR = JobCursor(START + timedelta(seconds=250), an_id(250))


def _job(number: int) -> Job:
    """Most are done; every fiftieth is open, and as many are drafts."""
    at = START + timedelta(seconds=number)
    draft = a_draft(number, owner=f"owner-{number % 10}", name=f"scan-{number}.png", created_at=at)
    if number % 50 == 1:
        return draft
    job = draft.submitted(at, _PAGES)
    if _is_open(number):
        return replace(job, counts=Counts(total=_PAGES, pending=_PAGES - 1, processing=1))
    return replace(job, counts=Counts(total=_PAGES, done=_PAGES), finished_at=at)


def _is_open(number: int) -> bool:
    return number % 50 == 0


def _page(job: Job, number: int, position: int) -> Item:
    item = a_page(job, position)
    begun = item.claim(job.created_at, LEASE)
    if _is_open(number):
        return begun if position == 0 else item
    done = begun.recognised(1, job.created_at + position * TICK, a_layout(f"common page{position}"), "a.gz")
    return replace(done, is_indexed=number % 100 != 3)


def _rows() -> Iterator[tuple[sa.Table, Sequence[Mapping[str, Any]]]]:
    jobs = {number: _job(number) for number in range(_JOBS)}
    items = [
        (job, _page(job, number, position))
        for number, job in jobs.items()
        if job.submitted_at is not None
        for position in range(_PAGES)
    ]
    pages = [SearchPage.read(item, job.owner) for job, item in items if item.status is ItemStatus.DONE]
    entries = [an_entry(number, job=job.id, at=job.created_at) for number, job in jobs.items()]
    report = WorkerReport(an_id(1), "worker", "host", 2, "tesseract 5.3.0", 0.25, START)
    yield JOBS, [job_row(job) for job in jobs.values()]
    yield ITEMS, [{**item_row(item), "owner": job.owner} for job, item in items]
    yield SEARCH_PAGES, [page_row(page) for page in pages]
    yield (
        SEARCH_TERMS,
        [
            {"owner": page.terms.split(" ")[0][1:], "term": term, "number": page.number}
            for page in pages
            for term in sorted(set(page.terms.split(" ")))
        ],
    )
    yield OUTBOX, [order_row(job, item, job.created_at) for job, item in items]
    yield AUDIT, [entry_row(entry) for entry in entries]
    yield AUDIT_OUTBOX, [entry_row(entry) for entry in entries]
    yield (
        TOMBSTONES,
        [tombstone_row(a_tombstone(a_draft(1000 + number), job.created_at)) for number, job in jobs.items()],
    )
    yield WORKERS, [report_row(replace(report, id=job.id, seen_at=job.created_at)) for job in jobs.values()]


@pytest.fixture(scope="module")
def full(server: MysqlServer) -> Iterator[Database]:
    database = Database(create_schema(server, "ocr_full"))
    migrate(database)
    for table, rows in _rows():
        database.write(lambda connection, table=table, rows=rows: connection.execute(sa.insert(table), rows))  # type: ignore[misc]
    queue = SqlQueue(database, MemoryClock(START))
    queue.send([Outgoing("x", f"owner-{number % 10}") for number in range(2000)])
    with database.engine.begin() as connection:
        for (name,) in connection.exec_driver_sql("SHOW TABLES").all():
            connection.exec_driver_sql(f"ANALYZE TABLE {name}").all()
    yield database
    database.close()
    server.execute("DROP DATABASE ocr_full")


@pytest.fixture
def record(full: Database) -> StateOfRecord:
    return record_of(full)


@contextmanager
def _watched(database: Database) -> Iterator[Statements]:
    seen: Statements = []

    def note(_c: object, _u: object, statement: str, parameters: Any, _x: object, many: bool) -> None:  # noqa: ANN401, FBT001 - the event's interface
        if statement.split(maxsplit=1)[0] in {"SELECT", "UPDATE", "DELETE", "INSERT", "WITH"}:
            seen.append((statement, parameters[0] if many else parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(database.engine, "before_cursor_execute", note)


def _plans(database: Database, statements: Statements) -> list[sa.Row[Any]]:
    """Return how the rows of each table are found."""
    with database.engine.connect() as connection:
        return [
            row
            for statement, parameters in statements
            if "VALUES" not in statement  # an insert finds nothing
            for row in connection.exec_driver_sql(f"EXPLAIN FORMAT=TRADITIONAL {statement}", parameters)
        ]


def _scans(plans: Sequence[sa.Row[Any]]) -> list[str]:
    """Return the tables of ours that are read from end to end, not for as long as a page needs."""
    whole = [plan for plan in plans if plan.type in {"ALL", "index"} and int(plan.rows or 0) > _PAGE]
    return [f"{plan.table} {plan.type} {plan.key} {plan.rows}" for plan in whole if not plan.table.startswith("<")]


_TIME = JobFilter(created_after=START + timedelta(seconds=30), created_before=START + timedelta(seconds=300))
_OPEN, _DONE, _LATE = a_page(_job(50)), _job(49), START - timedelta(days=1)
_QUERIES: dict[str, Callable[[StateOfRecord], object]] = {
    "get": lambda record: record.jobs.get(_DONE.id, _DONE.owner),
    "find": lambda record: record.jobs.find("owner-1", "key"),
    "first page": lambda record: record.jobs.list("owner-1", JobFilter(), None, 20),
    "list": lambda record: record.jobs.list("owner-1", JobFilter(), _CURSOR, 20),
    "list by status": lambda record: record.jobs.list("owner-1", JobFilter(status=JobStatus.DONE), _CURSOR, 20),
    "list by name": lambda record: record.jobs.list("owner-1", JobFilter(name_prefix="scan-1"), _CURSOR, 20),
    "list by a name that there is not": lambda record: record.jobs.list(
        "owner-1", JobFilter(name_prefix="x"), None, 20
    ),
    "list by name and status": lambda record: record.jobs.list(
        "owner-1", JobFilter(status=JobStatus.DONE, name_prefix="scan-1"), _CURSOR, 20
    ),
    "list of a time": lambda record: record.jobs.list("owner-1", _TIME, None, 20),
    "list of a time by status": lambda record: record.jobs.list(
        "owner-1", replace(_TIME, status=JobStatus.DONE), _CURSOR, 20
    ),
    "items": lambda record: record.jobs.items(_DONE.id, None, 1, 50),
    "items by status": lambda record: record.jobs.items(_DONE.id, ItemStatus.DONE, 1, 50),
    "usage": lambda record: record.jobs.usage("ana"),
    "least sure": lambda record: record.jobs.least_sure("owner-2", None, 20, reviewed=False),
    "least sure after": lambda record: record.jobs.least_sure(
        "owner-2", ReviewCursor(90.0, _DONE.id), 20, reviewed=False
    ),
    "least sure of all": lambda record: record.jobs.least_sure("owner-2", ReviewCursor(None, _DONE.id), 20),
    "unreviewed": lambda record: record.jobs.unreviewed("owner-2", 1000),
    "corrections": lambda record: record.jobs.corrections(a_page(_DONE).id, _DONE.owner),
    "open deadlines": lambda record: record.jobs.open_deadlines([_OPEN.job_id, _DONE.id, an_id(2)]),
    "item": lambda record: record.jobs.item(a_page(_DONE).id, _DONE.owner),
    "renew": lambda record: record.jobs.renew([Lease(_OPEN.id, 1), Lease(an_id(2), 1)], START),
    "claim": lambda record: claim(record.jobs, a_page(_job(100), 1)),
    "finish": lambda record: finish(record.jobs, replace(a_page(_job(150)), attempts=1)),
    "sweep": lambda record: record.jobs.transact(_job(200).id, lambda t: t.sweep(Sweep.retry(START, 1))),
    "cancel": lambda record: record.jobs.transact(_job(250).id, lambda t: t.sweep(Sweep.cancel(START))),
    "delete": lambda record: delete(record.jobs, _job(10)),
    "lapsed": lambda record: record.due_work.lapsed(START + timedelta(minutes=3), 20),
    "forgotten": lambda record: record.due_work.forgotten([START + timedelta(minutes=3)] * 3, 20),
    "drafts": lambda record: record.due_work.drafts(START + timedelta(minutes=3), 20),
    "overdue": lambda record: record.due_work.overdue(START + timedelta(days=2, minutes=3), 20),
    "tombstones": lambda record: record.due_work.tombstones(START + timedelta(seconds=30), 20),
    "unindexed": lambda record: record.due_work.unindexed(START + timedelta(minutes=3), 20),
    "search": lambda record: record.search.find("owner-2", parse_query("page common"), None, 20),
    "search for a beginning": lambda record: record.search.find("owner-2", parse_query("comm*"), None, 20),
    "search removed": lambda record: record.search.remove(_DONE.id, 20),
    "search rows": lambda record: record.search.rows(None, 20),
    "search rows that are missing": lambda record: record.search.missing([a_page(_DONE).id]),
    "search rows that are unlike": lambda record: record.search.unlike([SearchPage(1, _DONE.id, a_page(_DONE).id, "")]),
    "audit": lambda record: record.audit_outbox.waiting(20),
    "audit, a later batch": lambda record: record.audit_outbox.waiting(20, skip=20),
    "audit of a job": lambda record: record.audit_outbox.waiting(50, job_id=an_id(1)),
    "audit strike": lambda record: record.audit_outbox.remove(range(1, 20)),
    "orders": lambda record: record.outbox.waiting(20, before=START + timedelta(minutes=1)),
    "orders of a job": lambda record: record.outbox.waiting(50, job_id=an_id(1)),
    "strike": lambda record: record.outbox.remove(range(1, 20)),
    "tombstone": lambda record: record.tombstones.get(an_id(1001)),
    "tombstone of a key": lambda record: record.tombstones.find("owner-1", "key-1"),
    "tombstone replaced": lambda record: record.tombstones.replace(a_tombstone(a_draft(1001)), None),
}


@pytest.mark.parametrize("name", _QUERIES)
def test_no_query_reads_a_whole_table(full: Database, record: StateOfRecord, name: str) -> None:
    with _watched(full) as statements:
        _QUERIES[name](record)
    plans = _plans(full, statements)
    assert plans
    assert _scans(plans) == []


@pytest.mark.parametrize(
    "name",
    [
        *("first page", "list", "list by status", "list of a time", "list of a time by status"),
        *("items", "items by status", "lapsed", "drafts", "least sure", "least sure after", "least sure of all"),
    ],
)
def test_no_page_needs_sorting(full: Database, record: StateOfRecord, name: str) -> None:
    with _watched(full) as statements:
        _QUERIES[name](record)
    assert [plan.Extra for plan in _plans(full, statements) if "filesort" in (plan.Extra or "")] == []


def test_the_audit_log_is_read_and_written_by_its_key(full: Database) -> None:
    audit = SqlAudit(full)
    with _watched(full) as statements:
        audit.write([an_entry(1)])
        audit.timeline(an_id(1), None, 50)
        audit.timeline(an_id(1), AuditCursor(START, "x"), 50)
        audit.forget(START + timedelta(seconds=20), 20)
    assert _scans(_plans(full, statements)) == []


def test_a_receive_reads_no_more_messages_than_it_hands_out(full: Database) -> None:
    queue = SqlQueue(full, MemoryClock(START))
    with _watched(full) as statements:
        queue.send([Outgoing("x", "ana", subgroup=str(number)) for number in range(2)])
        messages = queue.receive(10, wait=timedelta())
        queue.change_visibility({message.receipt: timedelta() for message in messages})
        messages = queue.receive(10, wait=timedelta())
        queue.delete(message.receipt for message in messages)
    scans = _scans(_plans(full, statements))
    assert [scan for scan in scans if not scan.startswith("queue_groups")] == []  # there are few groups


def test_figures_are_read_from_indexes(full: Database) -> None:
    workers = SqlWorkers(full)
    with _watched(full) as statements:
        workers.volume()
        workers.being_read(10)
        workers.forget(_LATE)
    assert _scans(_plans(full, statements)) == []


def test_the_ledger_is_read_in_the_order_of_its_indexes(full: Database) -> None:
    row_scan = SqlRowScan(full)
    with _watched(full) as statements:
        row_scan.jobs(NIL, 20)
        row_scan.jobs(_DONE.id, 20)
        row_scan.items(BEGINNING, 20)
        row_scan.items(Place(_DONE.id, 1), 20)
        row_scan.correct(_DONE.id, lambda _: None)
    plans = _plans(full, statements)
    assert _scans(plans) == []
    assert [plan.Extra for plan in plans if "filesort" in (plan.Extra or "")] == []


def test_the_latest_reports_are_the_first_of_an_index(full: Database) -> None:
    with _watched(full) as statements:
        SqlWorkers(full).reports(10)
    ends = [plan for plan in _plans(full, statements) if plan.key == "ix_workers_seen_at"]
    assert [plan.Extra for plan in ends] == ["Using index"]  # in its order, up to the limit


def test_totals_look_at_no_row(full: Database) -> None:
    with _watched(full) as statements:
        SqlWorkers(full).totals()
    (plan,) = _plans(full, statements)
    assert (plan.key, "Using index" in plan.Extra, "temporary" in plan.Extra) == ("ix_jobs_totals", True, False)


def test_pages_by_minute_are_counted_within_a_part_of_an_index(full: Database) -> None:
    with _watched(full) as statements:
        counts = SqlWorkers(full).read_by_minute(_NOW - timedelta(minutes=2))
    assert sum(counts.values()) == 116 * _PAGES  # 120 jobs, but two that are open and two drafts
    plans = [plan for plan in _plans(full, statements) if plan.table == ITEMS.name]
    assert [(plan.type, plan.key) for plan in plans] == [("range", "ix_job_items_unindexed")] * 2
    assert all("Using index" in plan.Extra for plan in plans)


@pytest.mark.parametrize(("prefix", "most"), [("x", 1), ("scan-11", 5)])
def test_a_name_costs_what_it_finds(full: Database, record: StateOfRecord, prefix: str, most: int) -> None:
    with _watched(full) as statements:
        record.jobs.list("owner-1", JobFilter(name_prefix=prefix), None, 20)
    plans = [plan for plan in _plans(full, statements) if plan.key == "ix_jobs_owner_name"]
    assert [(plan.type, "Using index" in plan.Extra) for plan in plans] == [("range", True)]
    assert int(plans[0].rows) <= most


def test_a_look_whether_it_answers_takes_the_first_row_there_is(full: Database) -> None:
    with _watched(full) as statements:
        full.check()
    ((statement, parameters),) = statements
    assert not {"WHERE", "ORDER", "GROUP"} & set(statement.split())
    assert (statement.split()[-2], parameters["param_1"]) == ("LIMIT", 1)
