"""The embedded backend: a folder of documents, and one database file with rows, queue and audit log."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from adapters.local.clock import SystemClock
from adapters.local.dead_letters import NoDeadLetters
from adapters.local.documents import FolderDocuments
from adapters.sql.audit import SqlAudit
from adapters.sql.audit_outbox import SqlAuditOutbox
from adapters.sql.backlog import SqlBacklog
from adapters.sql.database import Database
from adapters.sql.dialects.sqlite import file_url, why_refused
from adapters.sql.jobs import SqlJobs
from adapters.sql.ledger import SqlLedger
from adapters.sql.migrate import is_current, migrate
from adapters.sql.outbox import SqlOutbox
from adapters.sql.queue import SqlQueue
from adapters.sql.rejected import SqlRejectedMessages
from adapters.sql.tombstones import SqlTombstones
from adapters.sql.workers import SqlWorkers
from entrypoints.backends.backend import Backend, SchemaRefused, StartRefused
from entrypoints.backends.databases import open_database
from entrypoints.settings import Settings, SettingsError
from ocrcore.domain.errors import DatabaseUnavailable

_DATABASE: Final = "ocr.sqlite3"
_DOCUMENTS: Final = "documents"


@contextmanager
def open_backend(settings: Settings, *, examined: bool = False) -> Iterator[Backend]:
    """Yield what is in the data folder, creating what is missing unless it is only examined."""
    if examined:
        _require_data(settings)
    root, clock = _data_folder(settings.data_dir), SystemClock()
    url = settings.database_url or file_url(root / _DATABASE)
    database = open_database(url)
    try:
        if not examined:
            _migrate(database, url)
        elif not is_current(database):
            raise SchemaRefused
        yield Backend(
            jobs=SqlJobs(database),
            backlog=SqlBacklog(database),
            outbox=SqlOutbox(database),
            audit=SqlAudit(database),
            audit_outbox=SqlAuditOutbox(database),
            tombstones=SqlTombstones(database),
            rejected=SqlRejectedMessages(database),
            ledger=SqlLedger(database),
            documents=FolderDocuments(root / _DOCUMENTS, settings.bucket, make=not examined),
            queue=SqlQueue(database, clock, settings.visibility_timeout),
            dead_letters=NoDeadLetters(),
            workers=SqlWorkers(database),
            clock=clock,
        )
    finally:
        database.close()


def init(settings: Settings) -> str:
    """Create the folder and the tables."""
    with open_backend(settings):
        return f"the data folder {settings.data_dir}"


def documents_folder(settings: Settings) -> Path:
    """Return where the file of a key is: below this folder, at the key."""
    return settings.data_dir / _DOCUMENTS


def database_file(settings: Settings) -> Path:
    """Return where the rows are, unless ``database_url`` says otherwise."""
    return settings.data_dir / _DATABASE


def _require_data(settings: Settings) -> None:
    if not settings.database_url and not database_file(settings).is_file():
        msg = f"There is no data in the folder {settings.data_dir}; OCR_DATA_DIR names another, ocrcore init makes one."
        raise SettingsError(msg)


def _migrate(database: Database, url: str) -> None:
    try:
        migrate(database)
    except DatabaseUnavailable as error:
        if (why := why_refused(url, error)) is None:
            raise
        raise StartRefused(why) from error


def _data_folder(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        msg = f"OCR_DATA_DIR {path} cannot be made: {error.strerror}."
        raise SettingsError(msg) from error
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        msg = (
            f"OCR_DATA_DIR {path} may not be read and written by this user; change its mode or owner, or name another."
        )
        raise SettingsError(msg)
    return path
