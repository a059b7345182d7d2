from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from adapters.memory.clock import MemoryClock
from adapters.sql.audit import SqlAudit
from adapters.sql.database import Database
from adapters.sql.jobs import SqlJobs
from adapters.sql.outbox import SqlOutbox
from adapters.sql.queue import SqlQueue
from adapters.sql.row_scan import SqlRowScan
from adapters.sql.workers import SqlWorkers
from ocrcore import LOCAL_OWNER, OcrService
from ocrcore.domain.item import Sweep
from ocrcore.domain.item_row import Place
from ocrcore.domain.lifecycle import ItemStatus, JobStatus
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import parse_query
from ocrcore.ports.audit import AuditCursor
from ocrcore.ports.changes import ChangeCursor
from ocrcore.ports.jobs import JobCursor, JobFilter, Lease, ReviewCursor
from ocrcore.ports.queue import Outgoing
from ocrcore.ports.row_scan import BEGINNING, NIL
from ocrcore.testing.audit import an_entry
from ocrcore.testing.builders import (
    START,
    StateOfRecord,
    a_draft,
    a_page,
    an_id,
    claim,
    delete,
    finish,
    finish_searchable,
    submit,
)
from worlds import World, uploads

Statements = list[tuple[str, Any]]
_TABLES = {"jobs", "job_items", "outbox", "deleted_jobs", "audit", "audit_outbox", "search_pages", "corrections"}
_CURSOR = JobCursor(START, an_id(9))


@contextmanager
def watched(database: Database) -> Iterator[Statements]:
    seen: Statements = []

    def note(_c: object, _u: object, statement: str, parameters: Any, _x: object, many: bool) -> None:  # noqa: ANN401, FBT001 - the event's interface
        if not statement.startswith("BEGIN"):
            seen.append((statement, parameters[0] if many else parameters))

    sa.event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    sa.event.remove(database.engine, "before_cursor_execute", note)


def _plans(database: Database, statements: Statements) -> list[str]:
    with database.engine.connect() as connection:
        return [
            row.detail
            for statement, parameters in statements
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]


_QUERIES: dict[str, Callable[[StateOfRecord], object]] = {
    "first page": lambda record: record.jobs.list("ana", JobFilter(), None, 50),
    "list": lambda record: record.jobs.list("ana", JobFilter(), _CURSOR, 50),
    "list by status": lambda record: record.jobs.list("ana", JobFilter(status=JobStatus.DONE), _CURSOR, 50),
    "list by name": lambda record: record.jobs.list("ana", JobFilter(name_prefix="scan-1"), _CURSOR, 50),
    "list by a name that there is not": lambda record: record.jobs.list("ana", JobFilter(name_prefix="x"), None, 50),
    "list by name and status": lambda record: record.jobs.list(
        "ana", JobFilter(status=JobStatus.DONE, name_prefix="scan-1"), _CURSOR, 50
    ),
    "items": lambda record: record.jobs.items(an_id(1), None, 3, 50),
    "items by status": lambda record: record.jobs.items(an_id(1), ItemStatus.DONE, 3, 50),
    "usage": lambda record: record.jobs.usage("ana"),
    "least sure": lambda record: record.jobs.least_sure("ana", None, 50, reviewed=False),
    "least sure after": lambda record: record.jobs.least_sure("ana", ReviewCursor(1.5, an_id(1)), 50, reviewed=False),
    "least sure of all": lambda record: record.jobs.least_sure("ana", ReviewCursor(None, an_id(1)), 50),
    "unreviewed": lambda record: record.jobs.unreviewed("ana", 1000),
    "corrections": lambda record: record.jobs.corrections(a_page(a_draft(1)).id, "ana"),
    "open deadlines": lambda record: record.jobs.open_deadlines([an_id(1), an_id(2)]),
    "item": lambda record: record.jobs.item(a_page(a_draft(1)).id, "ana"),
    "renew": lambda record: record.jobs.renew([Lease(an_id(1), 1), Lease(an_id(2), 1)], START),
    "claim": lambda record: claim(record.jobs, a_page(a_draft(1))),
    "sweep": lambda record: record.jobs.transact(an_id(1), lambda t: t.sweep(Sweep.retry(START, 1))),
    "delete": lambda record: delete(record.jobs, a_draft(1)),
    "lapsed": lambda record: record.due_work.lapsed(START, 50),
    "forgotten": lambda record: record.due_work.forgotten([START] * 3, 50),
    "drafts": lambda record: record.due_work.drafts(START, 50),
    "leftovers": lambda record: record.due_work.leftovers(START, START, 50),
    "uploads": lambda record: record.due_work.uploads(START, 50),
    "kept": lambda record: record.due_work.kept(START, 50),
    "overdue": lambda record: record.due_work.overdue(START, 50),
    "changes": lambda record: record.changes.since(["ana", "bob"], START, None, 50),
    "next changes": lambda record: record.changes.since(["ana"], START, ChangeCursor(START, an_id(1)), 50),
    "changed jobs": lambda record: record.changes.jobs(["ana"], [an_id(1), an_id(2)]),
    "changed items": lambda record: record.changes.items({an_id(1): START, an_id(2): START}, None, 50),
    "tombstone of a key": lambda record: record.tombstones.find("owner-1", "key-1"),
    "tombstones": lambda record: record.due_work.tombstones(START, 50),
    "unindexed": lambda record: record.due_work.unindexed(START, 50),
    "search backlog": lambda record: record.search.backlog(50),
    "search": lambda record: record.search.find("ana", parse_query('"hello hello" hel*'), None, 50),
    "search removed": lambda record: record.search.remove(an_id(1), 50),
    "search rows": lambda record: record.search.rows(1, 50),
    "search rows that are missing": lambda record: record.search.missing([an_id(1)]),
    "search rows that are unlike": lambda record: record.search.unlike([SearchPage(1, an_id(1), an_id(1), "")]),
    "search discarded": lambda record: record.search.discard([1, 2]),
    "audit of a job": lambda record: record.audit_outbox.waiting(50, job_id=an_id(1)),
    "orders": lambda record: record.outbox.waiting(50, before=START),
    "orders of a job": lambda record: record.outbox.waiting(50, job_id=an_id(1)),
}


@pytest.mark.parametrize("name", _QUERIES)
def test_no_query_reads_a_whole_table(database: Database, sql_record: StateOfRecord, name: str) -> None:
    submit(sql_record.jobs, a_draft(1), 2, order=True)
    finish_searchable(sql_record.jobs, a_page(a_draft(1), 1), "hello hello")
    with watched(database) as statements:
        _QUERIES[name](sql_record)
    scans = [plan for plan in _plans(database, statements) if plan.startswith("SCAN")]
    assert [scan for scan in scans if scan.split()[1] in _TABLES] == []


@pytest.mark.parametrize("name", [name for name in _QUERIES if "by name" in name or "by a name" in name])
def test_names_are_sought_and_sorted_within_an_index(database: Database, sql_record: StateOfRecord, name: str) -> None:
    with watched(database) as statements:
        _QUERIES[name](sql_record)
    plans = [plan for plan in _plans(database, statements) if "ix_jobs_owner_name" in plan]
    assert plans == ["SEARCH jobs USING COVERING INDEX ix_jobs_owner_name (owner=? AND name>? AND name<?)"]


def test_a_search_reads_the_pages_that_have_its_words_and_no_others(
    database: Database, sql_record: StateOfRecord
) -> None:
    submit(sql_record.jobs, a_draft(1))
    finish_searchable(sql_record.jobs, a_page(a_draft(1)), "hello")
    with watched(database) as statements:
        _QUERIES["search"](sql_record)
        sql_record.search.find("ana", parse_query("hello"), None, 50)
    plans = [plan for plan in _plans(database, statements) if plan.startswith(("SEARCH", "SCAN"))]
    tables = ("search_pages", "jobs", "job_items")
    assert [plan for plan in plans if plan.split()[1] in tables and "sqlite_autoindex" not in plan] == []
    assert any("search_index VIRTUAL TABLE" in plan for plan in plans)


def test_figures_are_counted_within_an_index(database: Database) -> None:
    with watched(database) as statements:
        SqlWorkers(database).totals()
    assert _plans(database, statements) == ["SCAN jobs USING COVERING INDEX ix_jobs_totals"]


def test_pages_that_are_being_read_are_found_by_their_leases(database: Database) -> None:
    with watched(database) as statements:
        SqlWorkers(database).being_read(10)
    assert [plan.partition(" (")[0] for plan in _plans(database, statements)] == [
        "SEARCH job_items USING INDEX ix_job_items_lease_until",
        "SEARCH jobs USING INDEX sqlite_autoindex_jobs_1",
    ]


def test_pages_by_minute_are_counted_within_a_part_of_an_index(database: Database) -> None:
    with watched(database) as statements:
        SqlWorkers(database).read_by_minute(START)
    plans = [plan for plan in _plans(database, statements) if plan.startswith(("SEARCH", "SCAN job"))]
    found = "SEARCH job_items USING COVERING INDEX ix_job_items_unindexed (status=? AND is_indexed=? AND finished_at>?)"
    assert plans == [found] * 2


@pytest.mark.parametrize(
    "name",
    [
        "list",
        "list by status",
        "items",
        "items by status",
        "lapsed",
        "drafts",
        "least sure",
        "least sure after",
        "least sure of all",
    ],
)
def test_no_page_needs_sorting(database: Database, sql_record: StateOfRecord, name: str) -> None:
    with watched(database) as statements:
        _QUERIES[name](sql_record)
    assert [plan for plan in _plans(database, statements) if "USE TEMP B-TREE FOR ORDER BY" in plan] == []


def test_a_timeline_is_read_in_the_order_of_its_key(database: Database) -> None:
    audit = SqlAudit(database)
    audit.write([an_entry(1)])
    with watched(database) as statements:
        audit.write([an_entry(1)])
        audit.timeline(an_id(1), None, 50)
        audit.timeline(an_id(1), AuditCursor(START, "x"), 50)
        audit.forget(START, 50)
    plans = _plans(database, statements)
    assert [plan for plan in plans if plan.startswith("SCAN audit") or "TEMP B-TREE" in plan] == []


def test_a_receive_reads_no_more_messages_than_it_hands_out(database: Database) -> None:
    queue = SqlQueue(database, MemoryClock(START))
    queue.send([Outgoing("x", group) for group in ("ana", "bob")])
    with watched(database) as statements:
        queue.send([Outgoing("x", "ana", subgroup=str(number)) for number in range(2)])
        messages = queue.receive(3, wait=timedelta())
        queue.change_visibility({message.receipt: timedelta() for message in messages})
        queue.receive(10, wait=timedelta())
    plans = _plans(database, statements)
    assert [plan for plan in plans if plan.startswith("SCAN queue_messages")] == []
    of_groups_by_turn = ["USE TEMP B-TREE FOR ORDER BY"]
    assert [plan for plan in plans if "TEMP B-TREE" in plan and "LAST TERM" not in plan] == 2 * of_groups_by_turn


def test_changes_are_read_from_indexes_and_changed_items_by_theirs(
    database: Database, sql_record: StateOfRecord
) -> None:
    with watched(database) as statements:
        _QUERIES["changes"](sql_record)
    assert [plan for plan in _plans(database, statements) if plan.startswith("SEARCH")] == [
        "SEARCH jobs USING COVERING INDEX ix_jobs_changes (owner=? AND last_event_at>?)",
        "SEARCH deleted_jobs USING COVERING INDEX ix_deleted_jobs_changes (owner=? AND deleted_at>?)",
    ]
    with watched(database) as statements:
        _QUERIES["changed items"](sql_record)
    plans = [plan for plan in _plans(database, statements) if plan.startswith("SEARCH")]
    assert plans == ["SEARCH job_items USING INDEX ix_job_items_changes (job_id=? AND changed_at>?)"] * 2


@pytest.mark.parametrize("pages", [10, 2000])
def test_statements_do_not_grow_with_the_job(database: Database, pages: int) -> None:
    jobs = SqlJobs(database)
    with watched(database) as submitted:
        job = submit(jobs, a_draft(), pages, order=True)
    with watched(database) as claimed:
        item = claim(jobs, a_page(job))
    with watched(database) as finished:
        finish(jobs, item)
    with watched(database) as cancelled:
        jobs.transact(job.id, lambda transaction: transaction.sweep(Sweep.cancel(START)))
    with watched(database) as retried:
        jobs.transact(job.id, lambda transaction: transaction.sweep(Sweep.retry(START, 1)))
    counts = [len(statements) for statements in (submitted, claimed, finished, cancelled, retried)]
    assert counts == [6, 4, 4, 3, 3]


def test_a_page_costs_two_transactions_of_four_and_five_statements(database: Database) -> None:
    context = replace(World().context, jobs=SqlJobs(database), outbox=SqlOutbox(database))
    service = OcrService(context)
    service.of(LOCAL_OWNER).submit(uploads("HELLO"))
    worker = service.worker()
    worker.receive_once(timedelta())
    with watched(database) as statements:
        worker.work_one()
    claim = ["SELECT", "UPDATE", "UPDATE", "INSERT"]  # row and lock, item, job, audit entry
    assert [statement.split()[0] for statement, _ in statements] == [*claim, *claim, "INSERT"]  # of the search index


def test_the_ledger_is_read_in_the_order_of_its_indexes(database: Database, sql_record: StateOfRecord) -> None:
    submit(sql_record.jobs, a_draft(1), 2)
    row_scan = SqlRowScan(database)
    with watched(database) as statements:
        row_scan.jobs(NIL, 50)
        row_scan.items(BEGINNING, 50)
        row_scan.items(Place(an_id(1), 0), 50)
        row_scan.correct(an_id(1), lambda _: None)
    plans = _plans(database, statements)
    assert [plan for plan in plans if plan.startswith("SCAN") or "TEMP B-TREE FOR ORDER BY" in plan] == []
