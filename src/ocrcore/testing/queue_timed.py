"""A queue and the clock that it runs by."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from ocrcore.ports.queue import Queue, Received
from ocrcore.testing.builders import TICK

#: Without waiting, and without hiding.
NOW: Final = timedelta()


class Hands(Protocol):
    """The hands of a clock: what a suite needs of it."""

    def advance(self, step: timedelta) -> None:
        """Let time pass."""


@dataclass(frozen=True, slots=True)
class TimedQueue:
    """A queue and the hands of the clock that it runs by."""

    queue: Queue
    clock: Hands
    #: How near to an instant the suite goes: nearer than any clock step, unless the clock runs by itself.
    tick: timedelta = TICK


def drain(queue: Queue) -> list[Received]:
    """Receive until nothing comes."""
    received: list[Received] = []
    while batch := queue.receive(10, wait=NOW):
        received += batch
    return received
