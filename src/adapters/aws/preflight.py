"""Preflight: checks of the AWS resources before a process starts."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.aws.clients import AwsClients
from adapters.aws.documents import S3Documents
from adapters.aws.errors import AUDIT, DOCUMENTS, QUEUE, concerns_all, deployment_errors, is_missing
from adapters.aws.plan import Plan
from adapters.aws.queue import url_of
from ocrcore.domain.durations import format_duration
from ocrcore.domain.errors import Unavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeySchemaElementTypeDef

_KEYS: Final = {"pk": "HASH", "sk": "RANGE"}


def preflight(clients: AwsClients, plan: Plan) -> Sequence[str]:
    """Return every reason not to start, one line each for the operator.

    Needs only the permissions of the processes' roles. If AWS is unreachable or rejects the credentials, that is the
    only line.
    """
    lines: list[str] = []
    try:
        for part, found in (
            ("documents", _of_bucket(clients, plan)),
            ("queue", _of_queues(clients, plan)),
            ("audit", _of_table(clients, plan.table)),
        ):
            lines += found if part in plan.parts else ()
    except _NothingUsable as error:
        return [str(error)]
    return lines


class _NothingUsable(Exception):
    """An error that would recur with every other resource."""


def _of_bucket(clients: AwsClients, plan: Plan) -> Iterator[str]:
    lines: list[str] = []
    with _usable(f"The bucket {plan.bucket}", lines), deployment_errors(DOCUMENTS):
        S3Documents(clients.s3, plan.bucket, plan.bucket_owner).check()
    yield from lines


def _of_queues(clients: AwsClients, plan: Plan) -> Iterator[str]:
    lines: list[str] = []
    queue: Mapping[str, str] = {}
    dead: Mapping[str, str] = {}
    with _usable(f"The dead-letter queue {plan.dead_letter_queue}", lines):
        dead = _attributes(clients, plan.dead_letter_queue)
    with _usable(f"The queue {plan.queue}", lines):
        queue = _attributes(clients, plan.queue)
    yield from lines
    if queue:
        yield from _of_retention(queue, dead, plan)
        yield from _of_redrive(queue, dead, plan)


def _of_retention(queue: Mapping[str, str], dead: Mapping[str, str], plan: Plan) -> Iterator[str]:
    kept = _retention(queue)
    if kept <= plan.job_ttl:
        yield (
            f"The queue {plan.queue} keeps messages for {format_duration(kept)}, "
            f"which must be longer than a job may take ({format_duration(plan.job_ttl)}); ocrcore init sets it."
        )
    if dead and _retention(dead) <= kept:
        yield (
            f"The dead-letter queue {plan.dead_letter_queue} keeps messages for {format_duration(_retention(dead))}, "
            f"which must be longer than the queue does ({format_duration(kept)}): their age counts on."
        )


def _of_redrive(queue: Mapping[str, str], dead: Mapping[str, str], plan: Plan) -> Iterator[str]:
    redrive = json.loads(queue.get("RedrivePolicy", "{}"))
    if not redrive:
        yield f"The queue {plan.queue} has no dead-letter queue; it must be {plan.dead_letter_queue}."
        return
    if dead and redrive.get("deadLetterTargetArn") != dead["QueueArn"]:
        yield f"The dead-letter queue of {plan.queue} is another than {plan.dead_letter_queue}."
    if (count := int(redrive.get("maxReceiveCount", 0))) < plan.max_receive_count:
        yield (
            f"The queue {plan.queue} gives up after {count} receives (maxReceiveCount); "
            f"{plan.max_attempts} attempts need at least {plan.max_receive_count}."
        )


def _of_table(clients: AwsClients, name: str) -> Iterator[str]:
    lines: list[str] = []
    with _usable(f"The table {name}", lines), deployment_errors(AUDIT):
        table = clients.dynamodb.describe_table(TableName=name)["Table"]
        if _schema(table["KeySchema"]) != _KEYS:
            lines.append(f"The table {name} has other keys than the audit log's.")
    yield from lines


def _attributes(clients: AwsClients, name: str) -> Mapping[str, str]:
    url = url_of(clients.sqs, name)
    with deployment_errors(QUEUE):
        answer = clients.sqs.get_queue_attributes(
            QueueUrl=url, AttributeNames=["QueueArn", "MessageRetentionPeriod", "RedrivePolicy"]
        )
    return {str(name): value for name, value in answer["Attributes"].items()}


def _retention(attributes: Mapping[str, str]) -> timedelta:
    return timedelta(seconds=int(attributes["MessageRetentionPeriod"]))


def _schema(schema: "Sequence[KeySchemaElementTypeDef]") -> Mapping[str, str]:
    return {part["AttributeName"]: part["KeyType"] for part in schema}


@contextmanager
def _usable(what: str, lines: list[str]) -> Iterator[None]:
    """Add a line about an error that makes a resource unusable."""
    try:
        yield
    except Unavailable as error:
        if concerns_all(error):
            raise _NothingUsable(str(error)) from error
        how = "; ocrcore init makes what is missing" if is_missing(error) else ""
        lines.append(f"{what} cannot be used{how}. {error}")
