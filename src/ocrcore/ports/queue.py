"""The queue: at least once, in any order, hidden for a while after each receive."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send; messages of several groups are handed out in turn, whoever sent more."""

    body: str
    group: str
    #: What asked for it, beside the body: up to 64 printable characters of ASCII, which come back with the message.
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """A message as one receive handed it out."""

    #: The same at every receive of one message.
    message_id: str
    #: Another at every receive; only the latest one counts.
    receipt: str
    body: str
    #: How often it was handed out, this time included.
    receive_count: int
    #: As it was sent; None where it was sent without, or by somebody else.
    request_id: str | None = None


class Queue(Protocol):
    """Messages are text of at most 256 KiB without control characters.

    Everything is allowed that SQS does: a message may come twice, even after it was deleted, late or out of order.
    """

    @abstractmethod
    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        """Send any number; tell for each whether it was accepted. Accepted is durable.

        Raises ``QueueUnavailable`` only if none was accepted, as far as can be known.
        """

    @abstractmethod
    def receive(self, limit: int, *, wait: timedelta) -> Sequence[Received]:
        """Hand out up to ``limit`` (1..10) messages and hide each for the visibility timeout.

        Waits up to ``wait`` while there is none. May return fewer than there are, even none.
        """

    @abstractmethod
    def change_visibility(self, changes: Mapping[str, timedelta]) -> None:
        """Hide the messages with these receipts for so long from now on; zero shows them at once.

        A receipt that does not count any more (deleted, or handed out again) is passed over.
        """

    @abstractmethod
    def delete(self, receipts: Iterable[str]) -> None:
        """Delete the messages with these receipts. A receipt that does not count any more is passed over."""

    @property
    @abstractmethod
    def visibility_timeout(self) -> timedelta:
        """How long a received message stays hidden unless that is changed."""

    @abstractmethod
    def check(self) -> None:
        """Return if the queue can be reached, else raise ``QueueUnavailable``."""
