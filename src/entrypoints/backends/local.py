"""The embedded backend: a folder of documents, and one database with rows, queue and audit log."""

import os
import shlex
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_bytes
from typing import Final

from adapters.local.clock import SystemClock
from adapters.local.dead_letters import NoDeadLetters
from adapters.local.documents import FolderDocuments
from adapters.local.uploads import FolderUploads
from adapters.sql.audit import SqlAudit
from adapters.sql.database import Database
from adapters.sql.dialects.sqlite import file_url, why_refused
from adapters.sql.migrate import SchemaState, migrate, schema_state
from adapters.sql.ports import sql_ports
from adapters.sql.queue import SqlQueue
from entrypoints.backends.backend import OpenBackend, Remedies, SchemaRefused, StartRefused
from entrypoints.backends.databases import forget_rejected, open_database, secured_url, unverified
from entrypoints.settings import Settings, SettingsError
from ocrcore import Finding, FindingKind
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.session import SECRET_BYTES

_DATABASE: Final = "ocr.sqlite3"
_DOCUMENTS: Final = "documents"


@contextmanager
def open_backend(settings: Settings, *, examined: bool = False) -> Iterator[OpenBackend]:
    """Yield the backend of the data folder. Missing parts are created, unless ``examined``."""
    if examined:
        _require_data(settings)
    root, clock = _data_folder(settings.data_dir), SystemClock()
    url = secured_url(settings, settings.database_url or file_url(root / _DATABASE))
    if not (examined or settings.database_url):
        _make_private(root / _DATABASE)
    database = open_database(url)
    try:
        state = schema_state(database) if examined else _migrate(database, url)
        if not state.is_usable:
            raise SchemaRefused(newer=state is SchemaState.TOO_NEW)
        documents = FolderDocuments(root / _DOCUMENTS, settings.bucket, make=not examined)
        yield OpenBackend(
            **sql_ports(database),
            audit=SqlAudit(database),
            documents=documents,
            uploads=FolderUploads(documents, root),
            queue=SqlQueue(database, clock, settings.visibility_timeout),
            dead_letters=NoDeadLetters(),
            clock=clock,
            findings=[*_readable_data(root), *unverified(url)] if examined else (),
        )
    finally:
        database.close()


def init(settings: Settings) -> str:
    """Create the data folder, the tables, and the secret that signs sessions."""
    with open_backend(settings) as backend:
        backend.sessions.secret(token_bytes(SECRET_BYTES))
        return f"the data folder {settings.data_dir}"


def remedies(settings: Settings) -> Remedies:
    """Return the commands for the data folder and the database."""

    def remove_documents(finding: Finding) -> str:
        key = finding.key or ""
        recursive = "-r " if key.endswith("/") else ""
        return f"rm {recursive}-- {shlex.quote(str((settings.data_dir / _DOCUMENTS).absolute() / key))}"

    url = settings.database_url or file_url(_database_file(settings).absolute())
    return {
        FindingKind.STRAY_JOB: remove_documents,
        FindingKind.STRAY_DOCUMENT: remove_documents,
        FindingKind.REJECTED_MESSAGES: lambda _: forget_rejected(url),
        FindingKind.READABLE_DATA: lambda _: f"chmod -R o= -- {shlex.quote(str(settings.data_dir.absolute()))}",
    }


def _database_file(settings: Settings) -> Path:
    return settings.data_dir / _DATABASE


def _require_data(settings: Settings) -> None:
    if not settings.database_url and not _database_file(settings).is_file():
        msg = f"There is no data in the folder {settings.data_dir}; OCR_DATA_DIR names another, ocrcore init makes one."
        raise SettingsError(msg)


def _migrate(database: Database, url: str) -> SchemaState:
    try:
        return migrate(database)
    except DatabaseUnavailable as error:
        if (why := why_refused(url, error)) is None:
            raise
        raise StartRefused(why) from error


def _make_private(file: Path) -> None:
    """Create the database's file for this user alone, whatever the mode of its folder. An existing one stays as it is.

    SQLite gives its other files the mode of this one.
    """
    with suppress(OSError):  # opening the database says why
        os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _readable_data(root: Path) -> Sequence[Finding]:
    """Return a finding if others can reach the data folder, and read the database or list the documents in it."""
    path = root.resolve()
    if not all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents)):
        return ()
    readable = [name for name in (_DATABASE, _DOCUMENTS) if _is_readable_by_others(path / name)]
    return [Finding(FindingKind.READABLE_DATA, f"in {path}: {', '.join(readable)}")] if readable else ()


def _is_readable_by_others(path: Path) -> bool:
    return path.exists() and bool(path.stat().st_mode & stat.S_IROTH)


def _data_folder(path: Path) -> Path:
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        msg = f"OCR_DATA_DIR {path} cannot be made: {error.strerror}."
        raise SettingsError(msg) from error
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        msg = f"OCR_DATA_DIR {path} is on a file system that is mounted read-only; mount it writable, or name another."
        raise SettingsError(msg)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        msg = (
            f"OCR_DATA_DIR {path} may not be read and written by this user; change its mode or owner, or name another."
        )
        raise SettingsError(msg)
    return path
