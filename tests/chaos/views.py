"""What the parts of a deployment hold, each asked itself: nothing of the product is trusted to tell."""

import hashlib
import json
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import sqlalchemy as sa

from adapters.aws.clients import AwsClients

if TYPE_CHECKING:
    from mypy_boto3_sqs.literals import QueueAttributeNameType

Entry = dict[str, Any]


class Objects(Protocol):
    """The documents."""

    @abstractmethod
    def any_of(self, job_id: str) -> bool:
        """Return whether there is an object of the job."""

    @abstractmethod
    def digest(self, key: str) -> bytes | None:
        """Return the SHA-256 of an object; None if there is none."""


class Messages(Protocol):
    """The queue."""

    @abstractmethod
    def hidden(self) -> int:
        """Return how many messages nobody can have now."""

    @abstractmethod
    def all(self) -> int:
        """Return how many messages there are, hidden and dead ones included."""


class Log(Protocol):
    """The audit log."""

    @abstractmethod
    def entries(self) -> Iterator[tuple[str, Entry]]:
        """Yield the job's id and the entry (``sk``, ``action``, ``detail``) of every entry."""


@dataclass
class Bucket(Objects):
    clients: AwsClients
    name: str

    def any_of(self, job_id: str) -> bool:
        return bool(self.clients.s3.list_objects_v2(Bucket=self.name, Prefix=f"jobs/{job_id}/").get("Contents"))

    def digest(self, key: str) -> bytes | None:
        try:
            body = self.clients.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        except self.clients.s3.exceptions.NoSuchKey:
            return None
        return hashlib.sha256(body).digest()


@dataclass
class Folder(Objects):
    path: Path

    def any_of(self, job_id: str) -> bool:
        return (self.path / "jobs" / job_id).exists()

    def digest(self, key: str) -> bytes | None:
        file = self.path / key
        return hashlib.sha256(file.read_bytes()).digest() if file.is_file() else None


@dataclass
class TwoQueues(Messages):
    clients: AwsClients
    queue: str
    dead: str

    def hidden(self) -> int:
        return self._attribute(self.queue, "ApproximateNumberOfMessagesNotVisible")

    def all(self) -> int:
        return sum(
            self._attribute(queue, "ApproximateNumberOfMessages")
            + self._attribute(queue, "ApproximateNumberOfMessagesNotVisible")
            for queue in (self.queue, self.dead)
        )

    def _attribute(self, queue: str, name: "QueueAttributeNameType") -> int:
        url = self.clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        return int(self.clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])


@dataclass
class QueueTable(Messages):
    engine: sa.Engine

    def hidden(self) -> int:
        return self._count("WHERE visible_at > UTC_TIMESTAMP(6)")

    def all(self) -> int:
        return self._count("")

    def _count(self, condition: str) -> int:
        with self.engine.connect() as connection:
            query = sa.text(f"SELECT COUNT(*) FROM queue_messages {condition}")  # noqa: S608 - our own words
            return int(connection.execute(query).scalar_one())


@dataclass
class DynamoTable(Log):
    clients: AwsClients
    table: str

    def entries(self) -> Iterator[tuple[str, Entry]]:
        for page in self.clients.dynamodb.get_paginator("scan").paginate(TableName=self.table):
            for item in page["Items"]:
                entry = {"sk": item["sk"]["S"], "action": item["action"]["S"], "detail": _plain(item["detail"]["M"])}
                yield item["pk"]["S"].removeprefix("JOB#"), entry


def _plain(detail: Mapping[str, Any]) -> Entry:
    return {name: next(iter(value.values())) for name, value in detail.items()}


@dataclass
class AuditTable(Log):
    engine: sa.Engine

    def entries(self) -> Iterator[tuple[str, Entry]]:
        with self.engine.connect() as connection:
            rows = connection.execute(sa.text("SELECT job_id, at, event_id, action, detail FROM audit")).all()
        for job_id, at, event_id, action, detail in rows:
            yield job_id, {"sk": f"{at.isoformat()}#{event_id}", "action": action, "detail": json.loads(detail)}
