"""The queue on SQS: a standard queue, with message groups so that no owner delays the others."""

import logging
import math
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from more_itertools import chunked, constrained_batches

from adapters.aws.clients import LONG_POLL
from adapters.aws.errors import QUEUE, InFlightLimit, deployment_errors, port_errors
from adapters.aws.groups import group_id
from adapters.aws.receipts import handle_of, receipt, seconds_of
from adapters.aws.trace_context import traceparent
from adapters.message_bodies import is_acceptable
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.ports.queue import Outgoing, Queue, Received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeFilterType
    from mypy_boto3_sqs.type_defs import (
        BatchResultErrorEntryTypeDef,
        MessageTypeDef,
        SendMessageBatchRequestEntryTypeDef,
    )

#: Entries per batch, messages per receive, and bytes per batch: the limits of SQS.
_MOST: Final = 10
_MOST_BYTES: Final = 1024 * 1024
#: The message attribute with the request id.
_REQUEST_ID: Final = "request_id"
#: Codes of entries to ignore: the receipt is out of date, or the message was hidden for the longest time.
PASSED_OVER: Final = frozenset(
    {"ReceiptHandleIsInvalid", "MessageNotInflight", "InvalidParameterValue", "InvalidParameterValueException"}
)

#: Attributes whose sum is the number of messages.
_NUMBERS: "Final[Sequence[QueueAttributeFilterType]]" = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)

_log = logging.getLogger(__name__)


def url_of(client: "SQSClient", name: str) -> str:
    """Return the URL of a queue of the caller's account. Raises ``QueueUnavailable``."""
    with deployment_errors(QUEUE):
        return client.get_queue_url(QueueName=name)["QueueUrl"]


class SqsQueue(Queue):
    """An SQS queue at a URL. Durations are rounded up to whole seconds.

    Receives use the client ``polls``, whose timeouts must exceed the longest wait. Without it, waits should be short.
    """

    def __init__(
        self,
        client: "SQSClient",
        queue_url: str,
        visibility_timeout: timedelta = timedelta(seconds=60),
        *,
        polls: "SQSClient | None" = None,
    ) -> None:
        self._client = client
        self._polls = polls or client
        self._url = queue_url
        self._visibility_timeout = visibility_timeout

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        """Send in batches. After a failed batch the rest counts as not accepted, although some of it may arrive."""
        accepted = [False] * len(messages)
        good = [place for place, message in enumerate(messages) if is_acceptable(message.body)]
        sizes = {place: _size(messages[place]) for place in good}
        for batch in constrained_batches(good, _MOST_BYTES, _MOST, sizes.__getitem__, strict=False):
            try:
                taken = self._send({place: messages[place] for place in batch})
            except QueueUnavailable:
                if not any(accepted):
                    raise
                _log.warning("the queue became unavailable after some messages were sent", exc_info=True)
                break
            for place in taken:
                accepted[place] = True
        return accepted

    def receive(self, limit: int, *, wait: timedelta) -> Sequence[Received]:
        """Receive up to ``limit`` messages. Waits at most 20 seconds. Returns none if too many are in flight."""
        if not 1 <= limit <= _MOST:
            msg = f"a receive hands out 1 to {_MOST} messages"
            raise ValueError(msg)
        began = time.monotonic()
        try:
            with port_errors(QUEUE):
                answer = self._polls.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=limit,
                    WaitTimeSeconds=min(_seconds(wait), LONG_POLL),
                    VisibilityTimeout=_seconds(self._visibility_timeout),
                    MessageSystemAttributeNames=["ApproximateReceiveCount", "MessageGroupId"],
                    MessageAttributeNames=[_REQUEST_ID],
                )
        except InFlightLimit:
            _log.warning("nothing was received: too many messages are in flight")
            return []
        return [
            Received(
                message_id=message["MessageId"],
                receipt=receipt(message["ReceiptHandle"], began),
                body=message["Body"],
                receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
                request_id=_request_id(message),
                group=message["Attributes"].get("MessageGroupId"),
            )
            for message in answer.get("Messages", [])
        ]

    def change_visibility(self, changes: Mapping[str, timedelta]) -> None:
        """Hide messages, each until 12 hours after its receive at the latest: SQS refuses more."""
        now = time.monotonic()
        wanted = [
            (handle, seconds)
            for given, hidden in changes.items()
            if (handle := handle_of(given)) and (seconds := seconds_of(given, hidden, now)) is not None
        ]
        failed: list[str] = []
        for batch in chunked(wanted, _MOST):
            with port_errors(QUEUE):
                answer = self._client.change_message_visibility_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": seconds}
                        for number, (handle, seconds) in enumerate(batch)
                    ],
                )
            failed += _failures(answer.get("Failed", []))
        _raise_any(failed)

    def delete(self, receipts: Iterable[str]) -> None:
        """Delete in batches."""
        handles = dict.fromkeys(handle for given in receipts if (handle := handle_of(given)))
        failed: list[str] = []
        for batch in chunked(handles, _MOST):
            with port_errors(QUEUE):
                answer = self._client.delete_message_batch(
                    QueueUrl=self._url,
                    Entries=[{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(batch)],
                )
            failed += _failures(answer.get("Failed", []))
        _raise_any(failed)

    @property
    def visibility_timeout(self) -> timedelta:
        """The default time that a received message stays hidden, set with every receive."""
        return self._visibility_timeout

    @property
    def takes_turns(self) -> bool:
        """It does not: SQS prefers the messages of groups that have few in flight, on average."""
        return False

    def check(self) -> None:
        """Return if the queue can be reached, else raise ``QueueUnavailable``."""
        with port_errors(QUEUE):
            self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])

    def count(self) -> int:
        """Return the approximate number of messages, visible and hidden, as SQS reports it."""
        with port_errors(QUEUE):
            answer = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=_NUMBERS)
        return sum(map(int, answer["Attributes"].values()))

    def _send(self, batch: Mapping[int, Outgoing]) -> Sequence[int]:
        """Send one batch and return the positions of the accepted messages."""
        with port_errors(QUEUE):
            answer = self._client.send_message_batch(
                QueueUrl=self._url,
                Entries=[_entry(place, message) for place, message in batch.items()],
            )
        for failure in answer.get("Failed", []):
            level = logging.ERROR if failure["SenderFault"] else logging.WARNING
            _log.log(level, "a message was not accepted", extra={"code": failure["Code"]})
        return [int(success["Id"]) for success in answer.get("Successful", [])]


def _entry(place: int, message: Outgoing) -> "SendMessageBatchRequestEntryTypeDef":
    entry: SendMessageBatchRequestEntryTypeDef = {
        "Id": str(place),
        "MessageBody": message.body,
        "MessageGroupId": group_id(message.group),
    }
    if message.request_id:
        entry["MessageAttributes"] = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in _attributes(message.request_id).items()
        }
    return entry


def _attributes(request_id: str) -> dict[str, str]:
    """Return the message attributes: the request id for the log, and ``traceparent`` for tracing."""
    parent = traceparent(request_id)
    return {_REQUEST_ID: request_id} | ({"traceparent": parent} if parent else {})


def _request_id(message: "MessageTypeDef") -> str | None:
    sent = message.get("MessageAttributes", {})
    return sent[_REQUEST_ID].get("StringValue") if _REQUEST_ID in sent else None


def _size(message: Outgoing) -> int:
    """Return the bytes of a message that count in a batch: body, and the name, type and value of each attribute."""
    beside = _attributes(message.request_id) if message.request_id else {}
    return len(message.body.encode()) + sum(len(name) + len("String") + len(value) for name, value in beside.items())


def _seconds(duration: timedelta) -> int:
    return math.ceil(duration.total_seconds())


def _failures(failed: "Sequence[BatchResultErrorEntryTypeDef]") -> list[str]:
    """Return the error codes, without those of outdated receipts."""
    codes = [entry["Code"].removeprefix("AWS.SimpleQueueService.") for entry in failed]
    return [code for code in codes if code not in PASSED_OVER]


def _raise_any(failed: Sequence[str]) -> None:
    if failed:
        msg = f"The queue did not do it for {len(failed)} messages ({failed[0]})."
        raise QueueUnavailable(msg)
