"""What the roles of the processes must allow: no more than is called, no less."""

from datetime import timedelta
from io import BytesIO
from typing import Any, Final

import pytest

from adapters.aws.audit import DynamoAudit
from adapters.aws.clients import AwsClients, account_of
from adapters.aws.dead_letters import SqsDeadLetters
from adapters.aws.documents import S3Documents
from adapters.aws.plan import Plan
from adapters.aws.queue import SqsQueue, url_of
from adapters.aws.refusals import refusals
from adapters.memory.clock import MemoryClock
from ocrcore.ports.documents import DocumentExists
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.audit import an_entry
from ocrcore.testing.builders import START, an_id
from ocrcore.testing.queue_timed import NOW
from relay_server import Relay, lose

#: Calls that are allowed under another name.
ALIASES: Final = {
    "HeadObject": "GetObject",
    "DeleteObjects": "DeleteObject",
    "ListObjectsV2": "ListBucket",
    "SendMessageBatch": "SendMessage",
    "DeleteMessageBatch": "DeleteMessage",
    "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
}
ROLE: Final = {
    "bucket": {"PutObject", "GetObject", "DeleteObject", "ListBucket"},
    "queue": {
        "GetQueueUrl",
        "GetQueueAttributes",
        "SendMessage",
        "ReceiveMessage",
        "ChangeMessageVisibility",
        "DeleteMessage",
    },
    "dead": {"GetQueueUrl", "GetQueueAttributes", "ReceiveMessage", "DeleteMessage"},
    "table": {"DescribeTable", "BatchWriteItem", "Query"},
    "": {"GetCallerIdentity"},  # allowed to everybody
}


@pytest.fixture
def called(relayed: AwsClients) -> dict[str, set[str]]:
    called: dict[str, set[str]] = {}

    def note(params: dict[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401 - of boto3's own making
        names = [params.get(key) for key in ("Bucket", "QueueUrl", "QueueName", "TableName")]
        names += params.get("RequestItems", {})
        kind = next(filter(None, names), "").rpartition("/")[2].partition("-")[0]
        called.setdefault(kind, set()).add(ALIASES.get(model.name, model.name))

    for client in (relayed.s3, relayed.sqs, relayed.dynamodb, relayed.sts):
        client.meta.events.register("provide-client-params", note)
    return called


def test_a_process_calls_what_its_role_allows_and_nothing_else(
    relayed: AwsClients, relay: Relay, plan: Plan, called: dict[str, set[str]]
) -> None:
    account_of(relayed)
    assert refusals(relayed, plan) == []
    _use_documents(S3Documents(relayed.s3, plan.bucket), relay)
    _use_queue(SqsQueue(relayed.sqs, url_of(relayed.sqs, plan.queue)))
    _use_dead_letters(SqsDeadLetters(relayed.sqs, url_of(relayed.sqs, plan.dead_letter_queue)))
    _use_audit(DynamoAudit(relayed.dynamodb, plan.table, MemoryClock(START)))
    assert called == ROLE


def _use_documents(documents: S3Documents, relay: Relay) -> None:
    documents.check()
    relay.faults.append(lose)
    documents.put("jobs/a", BytesIO(b"a"))
    with pytest.raises(DocumentExists):
        documents.put("jobs/a", BytesIO(b"b"))
    assert documents.get("jobs/a") == b"a"
    assert documents.keys("jobs/", 10, after="jobs/a") == []
    documents.delete(documents.keys("jobs/", 10))


def _use_queue(queue: SqsQueue) -> None:
    queue.check()
    queue.send([Outgoing("a", "ana")])
    (message,) = queue.receive(1, wait=NOW)
    queue.change_visibility({message.receipt: timedelta(seconds=60)})
    queue.delete([message.receipt])


def _use_dead_letters(letters: SqsDeadLetters) -> None:
    assert letters.receive(1) == []
    assert letters.count() == 0
    letters.delete(["0/no-such-receipt"])


def _use_audit(audit: DynamoAudit) -> None:
    audit.check()
    audit.write([an_entry(1)])
    assert audit.timeline(an_id(1), None, 1) == [an_entry(1)]
    audit.forget(START, 1)
