"""Rows that a newer release wrote, as an older process meets them while a fleet is upgraded."""

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.tables import API_KEYS, AUDIT_OUTBOX, ITEMS, JOBS, KEY_ENTRIES
from ocrcore.domain.api_key import Scope
from ocrcore.domain.codes import JobWarning
from ocrcore.domain.job import Job
from ocrcore.domain.key_entry import created
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.ports.api_keys import KeyChange
from ocrcore.testing.api_keys import a_key, put
from ocrcore.testing.builders import START, StateOfRecord, a_draft, an_announced_draft, renamed, submit

#: A member that a later release might add to each stored object.
_NEWER = {"newer": {"a": 1}}


def rewrite(database: Database, column: sa.Column[Any], change: Callable[[Any], object]) -> None:
    """Change what is in a column of the only row of its table."""

    def write(connection: sa.Connection) -> None:
        value = connection.execute(sa.select(column)).scalar_one()
        connection.execute(sa.update(column.table).values({column.name: change(value)}))

    database.write(write)


def read(database: Database, column: sa.Column[Any]) -> Any:  # noqa: ANN401 - any column
    return database.write(lambda connection: connection.execute(sa.select(column)).scalar_one())


def rename(record: StateOfRecord, job_id: UUID) -> Job:
    return record.jobs.transact(job_id, lambda transaction: transaction.save(renamed(transaction.job, "other")))


def test_options_of_a_newer_release_are_passed_over_and_stay(sql_record: StateOfRecord, database: Database) -> None:
    job = submit(sql_record.jobs, a_draft())
    rewrite(database, JOBS.c.options, lambda text: json.dumps(json.loads(text) | _NEWER))
    assert rename(sql_record, job.id).options == job.options
    assert json.loads(read(database, JOBS.c.options))["newer"] == {"a": 1}


def test_warnings_of_a_newer_release_are_passed_over_and_stay(sql_record: StateOfRecord, database: Database) -> None:
    job = submit(sql_record.jobs, a_draft())
    known = {"index": 0, "file": "a.pdf", "code": JobWarning.XFA.value, **_NEWER}
    written = json.dumps([known, known | {"code": "newer"}])
    rewrite(database, JOBS.c.warnings, lambda _: written)
    assert [warning.code for warning in rename(sql_record, job.id).warnings] == [JobWarning.XFA]
    assert read(database, JOBS.c.warnings) == written


def test_warnings_of_pages_of_a_newer_release_are_passed_over(sql_record: StateOfRecord, database: Database) -> None:
    job = submit(sql_record.jobs, a_draft())
    rewrite(database, ITEMS.c.warnings, lambda _: "newer no-words")
    (item,) = sql_record.jobs.items(job.id, ItemStatus.PENDING, -1, 9)
    assert item.warnings == ("no-words",)


def test_announced_files_of_a_newer_release_are_read(sql_record: StateOfRecord, database: Database) -> None:
    draft = an_announced_draft()
    sql_record.jobs.add(draft)

    def newer(text: str) -> str:
        uploads = json.loads(text) | _NEWER
        return json.dumps(uploads | {"files": [file | _NEWER for file in uploads["files"]]})

    rewrite(database, JOBS.c.uploads, newer)
    assert sql_record.jobs.get(draft.id, draft.owner).uploads == draft.uploads


def test_an_event_of_a_newer_release_is_sent_to_the_log(sql_record: StateOfRecord, database: Database) -> None:
    submit(sql_record.jobs, a_draft())
    rewrite(database, AUDIT_OUTBOX.c.action, lambda _: "job.polished")
    assert [row.entry.action for row in sql_record.audit_outbox.waiting(9)] == ["job.polished"]


def test_a_scope_of_a_newer_release_opens_nothing_and_stays(sql_record: StateOfRecord, database: Database) -> None:
    put(sql_record, a_key())
    rewrite(database, API_KEYS.c.scopes, lambda _: "read,polish")
    (key,) = sql_record.api_keys.list("ana", None, 9)
    assert key.scopes == {Scope.READ}
    sql_record.api_keys.change("ana", START, lambda keys: KeyChange([keys[0].revoked(START, "operator")], []))
    assert read(database, API_KEYS.c.scopes) == "read,polish"


def test_an_action_on_a_key_of_a_newer_release_is_listed(sql_record: StateOfRecord, database: Database) -> None:
    put(sql_record, a_key(), entries=[created(a_key())])
    rewrite(database, KEY_ENTRIES.c.action, lambda _: "key.polished")
    assert [entry.action for entry in sql_record.api_keys.history("ana", None, 9)] == ["key.polished"]
