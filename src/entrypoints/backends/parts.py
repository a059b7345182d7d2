"""The backend that the settings describe: a database, and the part of each kind that they choose.

A process on SQLite creates and migrates what it needs. On a database server only ``init`` does: there several machines
use one database, and those of the release before may still be at work.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from secrets import token_bytes
from typing import TYPE_CHECKING

from adapters.local.clock import SystemClock
from adapters.local.dead_letters import NoDeadLetters
from adapters.local.uploads import FolderUploads
from adapters.sql.audit import SqlAudit
from adapters.sql.clock import DatabaseClock
from adapters.sql.database import Database
from adapters.sql.dialects.sqlite import file_url, why_refused
from adapters.sql.migrate import SchemaState, migrate, schema_state
from adapters.sql.ports import sql_ports
from adapters.sql.queue import SqlQueue
from adapters.sql.sessions import SqlSessions
from entrypoints.backend_traits import BACKENDS, PARTS
from entrypoints.backends.backend import OpenBackend, SchemaRefused, StartRefused
from entrypoints.backends.data_folder import (
    database_file,
    documents_folder,
    make_data_folder,
    make_private,
    open_folder,
    readable_data,
    require_data,
)
from entrypoints.backends.databases import open_database, secured_url, unverified
from entrypoints.backends.foreign import open_foreign
from entrypoints.backends.remedies import remedies
from entrypoints.extras import require
from entrypoints.settings import Settings, SettingsError
from ocrcore import Finding, FindingKind
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.session import SECRET_BYTES
from ocrcore.plugins import AuditPart, DocumentsPart, QueuePart, Surroundings
from ocrcore.ports.clock import Clock

if TYPE_CHECKING:
    from entrypoints.backends.aws_parts import AwsParts

__all__ = ["init", "open_backend", "remedies"]


@contextmanager
def open_backend(settings: Settings, *, examined: bool = False) -> Iterator[OpenBackend]:
    """Yield the backend. Raises ``SchemaRefused``, or ``StartRefused`` if a part is missing or misconfigured.

    With ``examined`` nothing is created or migrated, and failures of preflight are only listed.
    """
    with _opened(settings, examined=examined) as opened:
        failures = opened.preflight()
        state = schema_state(opened.database) if examined or opened.is_shared else opened.migrate()
        if not state.is_usable:
            raise SchemaRefused(failures, newer=state is SchemaState.TOO_NEW)
        if failures and not examined:
            raise StartRefused(" ".join(failures))
        with opened.parts(make=not (examined or opened.is_shared), examined=examined) as parts:
            documents, queue, audit = parts
            aws = opened.aws
            yield OpenBackend(
                **sql_ports(opened.database),
                audit=audit.audit,
                history_log=audit.histories,
                documents=documents.documents,
                uploads=documents.uploads,
                queue=queue.queue,
                dead_letters=queue.dead_letters,
                clock=opened.clock,
                preflight_failures=failures,
                findings=opened.findings if examined else tuple,
                fleet_monitor=None if examined or aws is None else aws.fleet_monitor,
            )


def init(settings: Settings) -> str:
    """Create the tables, the secret that signs sessions, and what the parts lack; return a line that names them."""
    with _opened(settings) as opened:
        state = opened.migrate()
        if not state.is_usable:
            raise SchemaRefused(newer=state is SchemaState.TOO_NEW)
        SqlSessions(opened.database).secret(token_bytes(SECRET_BYTES))
        if opened.aws is not None:
            from adapters.aws.provision import provision  # noqa: PLC0415 - with the packages of AWS

            provision(opened.aws.clients, opened.aws.plan)
        with opened.parts(make=True):
            return ", ".join(_names(settings))


def _names(settings: Settings) -> Iterator[str]:
    """Yield what ``init`` made, for the operator."""
    parts = settings.parts
    if settings.database_url:
        yield "the database"
    elif parts["documents"] != "folder" or settings.documents_dir is not None:
        yield f"the database {database_file(settings)}"
    match parts["documents"]:
        case "s3":
            yield f"bucket {settings.bucket}"
        case "folder" if settings.database_url or settings.documents_dir is not None:
            yield f"the folder {documents_folder(settings)}"
        case "folder":
            yield f"the data folder {settings.data_dir}"
    if parts["queue"] == "sqs":
        yield f"queues {settings.sqs_queue} and {settings.sqs_dlq}"
    if parts["audit"] == "dynamodb":
        yield f"table {settings.dynamodb_table}"
    yield from (f"the {kind} {name}" for kind, name in parts.items() if name not in PARTS[kind])


@dataclass(frozen=True, slots=True)
class _Opened:
    """A database that is open, and what the parts are made of."""

    settings: Settings
    database: Database
    url: str
    clock: Clock
    #: None if no part is a service of AWS.
    aws: "AwsParts | None"

    @property
    def is_shared(self) -> bool:
        """Whether other machines may use the database too."""
        return self.database.dialect.is_shared

    def preflight(self) -> Sequence[str]:
        """Return why a process would not start on the parts in AWS, one line each."""
        if self.aws is None:
            return ()
        from adapters.aws.preflight import preflight  # noqa: PLC0415 - with the packages of AWS

        return preflight(self.aws.clients, self.aws.plan)

    def _retention(self) -> Sequence[Finding]:
        """Return what the parts in AWS keep for too long, for too short a time, or for everybody."""
        if self.aws is None:
            return ()
        from adapters.aws.retention import unfit_retention  # noqa: PLC0415 - with the packages of AWS

        lines = unfit_retention(self.aws.clients, self.aws.plan)
        return [Finding(FindingKind.UNFIT_RETENTION, line) for line in lines]

    def migrate(self) -> SchemaState:
        """Create or migrate the tables."""
        try:
            return migrate(self.database)
        except DatabaseUnavailable as error:
            if (why := why_refused(self.url, error)) is None:
                raise
            raise StartRefused(why) from error

    def findings(self) -> Sequence[Finding]:
        """Return what the doctor should tell about it."""
        return [*readable_data(self.settings), *unverified(self.url), *self._retention()]

    @contextmanager
    def parts(self, *, make: bool, examined: bool = False) -> Iterator[tuple[DocumentsPart, QueuePart, AuditPart]]:
        """Yield the chosen parts; what is missing is created if ``make``."""
        about = Surroundings(
            data_dir=self.settings.data_dir,
            bucket=self.settings.bucket,
            clock=self.clock,
            visibility_timeout=self.settings.visibility_timeout,
            audit_ttl=self.settings.audit_ttl,
            secret=self._secret(),
            make=make,
        )
        with ExitStack() as stack:
            found = (self._documents(about, examined=examined), self._queue(about), self._audit(about))
            for part in found:
                stack.callback(part.close)
            yield found

    def _documents(self, about: Surroundings, *, examined: bool) -> DocumentsPart:
        match self.settings.parts["documents"]:
            case "folder":
                documents = open_folder(self.settings, make=about.make, examined=examined)
                return DocumentsPart(documents, FolderUploads(documents, about.secret))
            case "s3" if self.aws is not None:
                return self.aws.s3()
            case name:
                return open_foreign("documents", name, DocumentsPart, about)

    def _queue(self, about: Surroundings) -> QueuePart:
        match self.settings.parts["queue"]:
            case "sql":
                return QueuePart(SqlQueue(self.database, self.clock, about.visibility_timeout), NoDeadLetters())
            case "sqs" if self.aws is not None:
                return self.aws.sqs()
            case name:
                return open_foreign("queue", name, QueuePart, about)

    def _audit(self, about: Surroundings) -> AuditPart:
        match self.settings.parts["audit"]:
            case "sql":
                return AuditPart(SqlAudit(self.database))
            case "dynamodb" if self.aws is not None:
                return self.aws.dynamodb(self.clock)
            case name:
                return open_foreign("audit", name, AuditPart, about)

    def _secret(self) -> "_Secret":
        return _Secret(self.settings.secret.encode(), SqlSessions(self.database))


class _Secret:
    """The secret that signs sessions and uploads: the operator's, or the one in the database, which is read once."""

    def __init__(self, chosen: bytes, sessions: SqlSessions) -> None:
        self._known = chosen
        self._sessions = sessions

    def __call__(self) -> bytes:
        """Return it."""
        if not self._known:
            self._known = self._sessions.secret(token_bytes(SECRET_BYTES))
        return self._known


@contextmanager
def _opened(settings: Settings, *, examined: bool = False) -> Iterator[_Opened]:
    shared = BACKENDS[settings.backend].shared
    if shared and not settings.database_url:
        msg = "OCR_DATABASE_URL must be set for the AWS backend, as mysql+pymysql://user:password@host/database."
        raise SettingsError(msg)
    with ExitStack() as stack:
        aws = _aws(settings, stack)
        if not settings.database_url:
            if examined:
                require_data(settings)
            else:
                make_data_folder(settings)
                make_private(database_file(settings))
        url = secured_url(settings, settings.database_url or file_url(database_file(settings)))
        database = open_database(url, shared=shared)
        stack.callback(database.close)
        clock: Clock = DatabaseClock(database) if database.dialect.is_shared else SystemClock()
        yield _Opened(settings, database, url, clock, aws)


def _aws(settings: Settings, stack: ExitStack) -> "AwsParts | None":
    """Return the clients, if a part or the figures of the fleet need them; else their packages are not imported."""
    if not (settings.aws_parts or settings.cloudwatch_namespace):
        return None
    require("aws")
    from entrypoints.backends.aws_parts import open_aws_parts  # noqa: PLC0415 - see above

    return stack.enter_context(open_aws_parts(settings))
