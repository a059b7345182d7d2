"""The queue: at-least-once delivery in any order, with a visibility timeout.

A receive hides the message and returns a receipt for this delivery. The receiver deletes the message by its receipt,
or extends its invisibility, or lets the timeout end, after which the queue redelivers the message with a new receipt.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send. Groups are served in turn, so a large group does not delay a small one."""

    body: str
    group: str
    #: The id of the request that caused it: up to 64 printable ASCII characters, returned with the message.
    request_id: str | None = None
    #: Up to 64 printable ASCII characters. A queue that takes turns serves the subgroups of a group in turn, too:
    #: before the first message of one, it delivers two of each other for the first time at most, whatever waits.
    #: Messages without one are one subgroup.
    subgroup: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """One delivery of a message."""

    #: The same for every delivery of one message.
    message_id: str
    #: Different for every delivery; only the latest is valid.
    receipt: str
    body: str
    #: Number of deliveries, including this one.
    receive_count: int
    #: As sent; None if the message was sent without one, or by another sender.
    request_id: str | None = None
    #: The same for the messages of one group, and different for others; None if the queue does not tell.
    group: str | None = None


class Queue(Protocol):
    """Messages are text of 1 byte to 256 KiB in UTF-8, without control characters except tabs and line ends.

    Everything that SQS may do is allowed: a message may be delivered twice, late, out of order, or after its deletion.
    """

    @abstractmethod
    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        """Send any number of messages and return for each whether it was accepted. Accepted messages are durable.

        Raises ``QueueUnavailable`` only if no message is known to have been accepted.
        """

    @abstractmethod
    def receive(self, limit: int, *, wait: timedelta) -> Sequence[Received]:
        """Return up to ``limit`` (1..10) messages and hide each for the visibility timeout.

        Waits up to ``wait`` for the first. May return fewer than there are, even none.
        """

    @abstractmethod
    def change_visibility(self, changes: Mapping[str, timedelta]) -> None:
        """Hide the messages with these receipts for a duration from now; zero shows them at once.

        Stale receipts (of a deleted or redelivered message) are ignored.
        """

    @abstractmethod
    def delete(self, receipts: Iterable[str]) -> None:
        """Delete the messages with these receipts. Stale receipts are ignored."""

    @property
    @abstractmethod
    def visibility_timeout(self) -> timedelta:
        """How long a received message stays hidden by default."""

    @property
    @abstractmethod
    def takes_turns(self) -> bool:
        """Whether each receive serves the groups strictly in turn, and the subgroups of each group.

        If not, workers see that no group is crowded out.
        """

    @abstractmethod
    def check(self) -> None:
        """Return if the queue is reachable, else raise ``QueueUnavailable``."""
