"""The dead letters on SQS: a queue that another one fills."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.aws.queue import SqsQueue
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.queue import Received

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

#: Any wait at all makes SQS ask every server that may hold a message.
_LOOK: Final = timedelta(seconds=1)


class SqsDeadLetters(DeadLetters):
    """The dead-letter queue by its URL; an empty one answers after a second."""

    def __init__(
        self, client: "SQSClient", queue_url: str, visibility_timeout: timedelta = timedelta(seconds=60)
    ) -> None:
        self._queue = SqsQueue(client, queue_url, visibility_timeout)

    def receive(self, limit: int) -> Sequence[Received]:
        """Hand out up to ``limit`` and hide each."""
        return self._queue.receive(limit, wait=_LOOK)

    def count(self) -> int:
        """Return what SQS thinks that there are, visible or not."""
        return self._queue.count()

    def delete(self, receipts: Iterable[str]) -> None:
        """Delete those with these receipts."""
        self._queue.delete(receipts)
