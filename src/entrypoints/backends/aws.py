"""The AWS backend: rows in MySQL, documents in S3, messages in SQS, the audit log in DynamoDB."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_bytes

from botocore.exceptions import BotoCoreError, InvalidRegionError, NoRegionError

from adapters.aws.audit import DynamoAudit
from adapters.aws.clients import AwsClients, account_of, open_clients
from adapters.aws.dead_letters import SqsDeadLetters
from adapters.aws.documents import S3Documents
from adapters.aws.fleet_monitor import CloudWatchFleetMonitor
from adapters.aws.missing_queues import MissingDeadLetters, MissingQueue
from adapters.aws.plan import Plan
from adapters.aws.preflight import preflight
from adapters.aws.provision import provision
from adapters.aws.queue import SqsQueue, url_of
from adapters.aws.uploads import S3Uploads
from adapters.sql.clock import DatabaseClock
from adapters.sql.database import Database
from adapters.sql.migrate import SchemaState, migrate, schema_state
from adapters.sql.ports import sql_ports
from adapters.sql.sessions import SqlSessions
from entrypoints.backends.aws_remedies import remedies
from entrypoints.backends.backend import OpenBackend, SchemaRefused, StartRefused
from entrypoints.backends.databases import open_database, secured_url, unverified
from entrypoints.settings import Settings, SettingsError
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.domain.session import SECRET_BYTES
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.fleet_monitor import FleetMonitor
from ocrcore.ports.queue import Queue

__all__ = ["init", "open_backend", "remedies"]

#: Threads that may use AWS at the same time, and so the size of the connection pool: requests, slots and loops.
_THREADS = 40


@contextmanager
def open_backend(settings: Settings, *, examined: bool = False) -> Iterator[OpenBackend]:
    """Yield the backend, creating nothing. Raises ``SchemaRefused``, or ``StartRefused`` if preflight fails.

    With ``examined``, failures of preflight are only listed in ``preflight_failures``.
    """
    with _opened(settings) as (database, clients, plan):
        failures = preflight(clients, plan)
        state = schema_state(database)
        if not state.is_usable:
            raise SchemaRefused(failures, newer=state is SchemaState.TOO_NEW)
        if failures and not examined:
            raise StartRefused(" ".join(failures))
        clock = DatabaseClock(database)
        yield OpenBackend(
            **sql_ports(database),
            audit=DynamoAudit(clients.dynamodb, plan.table, clock, settings.audit_ttl),
            documents=S3Documents(clients.s3, plan.bucket, plan.bucket_owner),
            uploads=S3Uploads(clients.s3, plan.bucket, plan.bucket_owner),
            queue=_queue(clients, plan),
            dead_letters=_dead_letters(clients, plan),
            clock=clock,
            preflight_failures=failures,
            findings=unverified(secured_url(settings)) if examined else (),
            fleet_monitor=None if examined else _fleet_monitor(settings, clients),
        )


def init(settings: Settings) -> str:
    """Create the tables, the bucket, the queues and the table of the audit log, if they are missing."""
    with _opened(settings) as (database, clients, plan):
        state = migrate(database)
        if not state.is_usable:
            raise SchemaRefused(newer=state is SchemaState.TOO_NEW)
        SqlSessions(database).secret(token_bytes(SECRET_BYTES))
        provision(clients, plan)
        return (
            f"the database, bucket {plan.bucket}, queues {plan.queue} and {plan.dead_letter_queue}, table {plan.table}"
        )


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Database, AwsClients, Plan]]:
    if not settings.database_url:
        msg = "OCR_DATABASE_URL must be set for the AWS backend, as mysql+pymysql://user:password@host/database."
        raise SettingsError(msg)
    clients = _clients(settings.aws_region)
    try:
        plan = _plan(settings, clients)
        database = open_database(secured_url(settings), shared=True)
        try:
            yield database, clients, plan
        finally:
            database.close()
    finally:
        clients.close()


def _clients(region: str | None) -> AwsClients:
    try:
        return open_clients(_THREADS, region=region)
    except NoRegionError as error:
        msg = "AWS_REGION must be set for the AWS backend, as eu-central-1."
        raise SettingsError(msg) from error
    except InvalidRegionError as error:
        msg = "AWS_REGION must be the name of a region, as eu-central-1."
        raise SettingsError(msg) from error
    except BotoCoreError as error:
        msg = (
            f"AWS cannot be used as it is configured ({type(error).__name__}); look at AWS_PROFILE and AWS's own files."
        )
        raise SettingsError(msg) from error
    except ValueError as error:
        msg = "AWS_ENDPOINT_URL must be a URL, as http://127.0.0.1:5000, and so must those of single services."
        raise SettingsError(msg) from error


def _plan(settings: Settings, clients: AwsClients) -> Plan:
    owner = settings.s3_bucket_owner or None
    if clients.is_aws:
        if not settings.s3_bucket:
            msg = "OCR_S3_BUCKET must be set on AWS, to the name of a bucket of your own."
            raise SettingsError(msg)
        owner = owner or account_of(clients)
    return Plan(
        bucket=settings.bucket,
        queue=settings.sqs_queue,
        dead_letter_queue=settings.sqs_dlq,
        table=settings.dynamodb_table,
        bucket_owner=owner,
        visibility_timeout=settings.visibility_timeout,
        job_ttl=settings.job_ttl,
        max_attempts=settings.max_attempts,
    )


def _fleet_monitor(settings: Settings, clients: AwsClients) -> FleetMonitor | None:
    namespace = settings.cloudwatch_namespace
    return CloudWatchFleetMonitor(clients.cloudwatch, namespace) if namespace else None


def _queue(clients: AwsClients, plan: Plan) -> Queue:
    """Return the queue, or an adapter that reports it as unavailable if there is none."""
    try:
        url = url_of(clients.sqs, plan.queue)
    except QueueUnavailable as error:
        return MissingQueue(str(error), plan.visibility_timeout)
    return SqsQueue(clients.sqs, url, plan.visibility_timeout, polls=clients.sqs_polls)


def _dead_letters(clients: AwsClients, plan: Plan) -> DeadLetters:
    """Return the dead-letter queue, or an adapter that reports it as unavailable if there is none."""
    try:
        url = url_of(clients.sqs, plan.dead_letter_queue)
    except QueueUnavailable as error:
        return MissingDeadLetters(str(error))
    return SqsDeadLetters(clients.sqs, url, plan.visibility_timeout)
