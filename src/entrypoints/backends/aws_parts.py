"""The parts that are services of AWS, or of another that speaks as AWS does: S3, SQS, DynamoDB."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from botocore.exceptions import BotoCoreError, InvalidRegionError, NoRegionError

from adapters.aws.audit import DynamoAudit
from adapters.aws.clients import AwsClients, account_of, open_clients
from adapters.aws.dead_letters import SqsDeadLetters
from adapters.aws.documents import S3Documents
from adapters.aws.fleet_monitor import CloudWatchFleetMonitor
from adapters.aws.history_log import DynamoHistoryLog
from adapters.aws.missing_queues import MissingDeadLetters, MissingQueue
from adapters.aws.plan import Plan
from adapters.aws.queue import SqsQueue, url_of
from adapters.aws.uploads import S3Uploads
from entrypoints.settings import Settings, SettingsError, names_aws_endpoint
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.plugins import AuditPart, DocumentsPart, QueuePart
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.fleet_monitor import FleetMonitor
from ocrcore.ports.queue import Queue

#: Threads that may use AWS at the same time, and so the size of the connection pool: requests, slots and loops.
_THREADS: Final = 40


@dataclass(frozen=True, slots=True)
class AwsParts:
    """The clients of a process, and the resources that its parts use."""

    settings: Settings
    clients: AwsClients
    plan: Plan

    @property
    def fleet_monitor(self) -> FleetMonitor | None:
        """What publishes the figures of the fleet in CloudWatch, if a namespace is set."""
        namespace = self.settings.cloudwatch_namespace
        folders = (self.settings.data_dir, Path(tempfile.gettempdir()))
        return CloudWatchFleetMonitor(self.clients.cloudwatch, namespace, folders) if namespace else None

    def s3(self) -> DocumentsPart:
        """Return documents and uploads in S3."""
        bucket, owner = self.plan.bucket, self.plan.bucket_owner
        return DocumentsPart(S3Documents(self.clients.s3, bucket, owner), S3Uploads(self.clients.s3, bucket, owner))

    def sqs(self) -> QueuePart:
        """Return the queues, each replaced by an adapter that reports it as unavailable if there is none."""
        return QueuePart(self._queue(), self._dead_letters())

    def dynamodb(self, clock: Clock) -> AuditPart:
        """Return the audit log in DynamoDB, and the histories of owners in the same table."""
        client, table, life = self.clients.dynamodb, self.plan.table, self.settings.audit_ttl
        return AuditPart(DynamoAudit(client, table, clock, life), DynamoHistoryLog(client, table, life))

    def _queue(self) -> Queue:
        try:
            url = url_of(self.clients.sqs, self.plan.queue)
        except QueueUnavailable as error:
            return MissingQueue(str(error), self.plan.visibility_timeout)
        return SqsQueue(self.clients.sqs, url, self.plan.visibility_timeout, polls=self.clients.sqs_polls)

    def _dead_letters(self) -> DeadLetters:
        try:
            url = url_of(self.clients.sqs, self.plan.dead_letter_queue)
        except QueueUnavailable as error:
            return MissingDeadLetters(str(error))
        return SqsDeadLetters(self.clients.sqs, url, self.plan.visibility_timeout)


@contextmanager
def open_aws_parts(settings: Settings) -> Iterator[AwsParts]:
    """Yield the clients and the plan; only the account of the caller is asked for, and only on AWS itself."""
    clients = _clients(settings)
    try:
        yield AwsParts(settings, clients, _plan(settings, clients))
    finally:
        clients.close()


def _clients(settings: Settings) -> AwsClients:
    try:
        return open_clients(_THREADS, region=settings.aws_region)
    except NoRegionError as error:
        msg = f"AWS_REGION must be set for {_users(settings)}, as eu-central-1."
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


def _users(settings: Settings) -> str:
    """Return what needs AWS, as the settings say it."""
    used = [f"OCR_{kind.upper()}={settings.parts[kind]}" for kind in sorted(settings.aws_parts)]
    return " and ".join(used or ["OCR_CLOUDWATCH_NAMESPACE"])


def _plan(settings: Settings, clients: AwsClients) -> Plan:
    owner = settings.s3_bucket_owner or None
    if "documents" in settings.aws_parts and clients.is_aws:
        if not settings.s3_bucket:
            msg = "OCR_S3_BUCKET must be set on AWS, to the name of a bucket of your own."
            raise SettingsError(msg)
        if owner is None and not names_aws_endpoint():
            owner = account_of(clients)
    return Plan(
        bucket=settings.bucket,
        queue=settings.sqs_queue,
        dead_letter_queue=settings.sqs_dlq,
        table=settings.dynamodb_table,
        bucket_owner=owner,
        visibility_timeout=settings.visibility_timeout,
        job_ttl=settings.job_ttl,
        max_attempts=settings.max_attempts,
        parts=settings.aws_parts,
    )
