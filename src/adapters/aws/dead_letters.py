"""The dead-letter queue on SQS, filled by the redrive policy of another queue."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.aws.queue import SqsQueue
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: With a wait above zero (long polling), SQS queries all of its servers that may hold a message.
_WAIT: Final = timedelta(seconds=1)


class SqsDeadLetters(DeadLetters):
    """The dead-letter queue at a URL. A receive from an empty queue takes a second."""

    def __init__(
        self, client: "SQSClient", queue_url: str, visibility_timeout: timedelta = timedelta(seconds=60)
    ) -> None:
        self._queue = SqsQueue(client, queue_url, visibility_timeout)

    def receive(self, limit: int) -> Sequence[Received]:
        """Receive up to ``limit`` messages and hide each."""
        return self._queue.receive(limit, wait=_WAIT)

    def count(self) -> int:
        """Return the approximate number of messages, visible and hidden, as SQS reports it."""
        return self._queue.count()

    def delete(self, receipts: Iterable[str]) -> None:
        """Delete the messages with these receipts."""
        self._queue.delete(receipts)
