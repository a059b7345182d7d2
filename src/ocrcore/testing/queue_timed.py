"""A queue with a clock that tests can advance."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from ocrcore.ports.queue import Queue, Received
from ocrcore.testing.builders import TICK

#: A wait of zero, or an invisibility of zero.
NOW: Final = timedelta()


class Hands(Protocol):
    """The control of a clock."""

    def advance(self, step: timedelta) -> None:
        """Advance the clock."""


@dataclass(frozen=True, slots=True)
class TimedQueue:
    """A queue and the control of its clock."""

    queue: Queue
    clock: Hands
    #: How close to an exact instant the suite tests: one tick of a controlled clock, more for a running clock.
    tick: timedelta = TICK


def drain(queue: Queue) -> list[Received]:
    """Receive until the queue returns no more messages."""
    received: list[Received] = []
    while batch := queue.receive(10, wait=NOW):
        received += batch
    return received
