"""What a worker holds and has not begun: messages, and the documents that were read ahead for them."""

from collections import deque
from collections.abc import Sequence
from itertools import islice
from threading import Lock
from typing import Final

from ocrcore.application.work import Held

#: Most messages that one receive hands out.
_MOST: Final = 10


class Holding:
    """Messages in the order in which they came; safe to share between threads.

    A receive asks for one message a slot, and for twice as many each time that the queue had as many as were asked
    for: where the queue is deep, receives are few; where it is not, the messages are left to other workers.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._lock = Lock()
        self._messages: deque[Held] = deque()
        self._reading: set[Held] = set()
        self._sources: dict[Held, bytes] = {}
        self._ask = min(slots, _MOST)
        self._closed = False

    def __len__(self) -> int:
        """How many messages wait for a slot."""
        return len(self._messages)

    @property
    def room(self) -> int:
        """How many messages the next receive should ask for: none while there is more than one for each slot."""
        with self._lock:
            return 0 if self._closed or len(self._messages) > self._slots else self._ask

    def heard(self, asked: int, received: int) -> None:
        """Note how many of the messages that were asked for there were."""
        self._ask = min(2 * asked, _MOST) if received >= asked else min(self._slots, _MOST)

    def add(self, messages: Sequence[Held]) -> None:
        """Hold messages, behind the others."""
        with self._lock:
            self._messages.extend(messages)

    def take(self) -> tuple[Held, bytes | None] | None:
        """Give out the message that waits longest, and its document if that was read ahead; None where none waits."""
        with self._lock:
            if not self._messages:
                return None
            held = self._messages.popleft()
            self._reading.discard(held)
            return held, self._sources.pop(held, None)

    def put_back(self, held: Held) -> None:
        """Hold a message again, before the others."""
        with self._lock:
            self._messages.appendleft(held)

    def unread(self, idle: int) -> Held | None:
        """Return a message whose document should be read ahead, or None.

        As many as there are idle slots begin at once and read for themselves; behind them, one document a slot.
        """
        with self._lock:
            ahead = islice(self._messages, idle, idle + self._slots)
            return next((held for held in ahead if held not in self._reading), None)

    def reserve(self, held: Held) -> bool:
        """Tell whether the caller is the one to read the message's document."""
        with self._lock:
            if held in self._reading or held not in self._messages:
                return False
            self._reading.add(held)
            return True

    def keep(self, held: Held, source: bytes) -> None:
        """Keep the document of a message that still waits."""
        with self._lock:
            if held in self._reading:
                self._sources[held] = source

    def all(self) -> Sequence[Held]:
        """Return what waits."""
        with self._lock:
            return list(self._messages)

    def close(self) -> Sequence[Held]:
        """Let go of everything, and return it; what is added after that waits for the next close."""
        with self._lock:
            self._closed = True
            waiting = list(self._messages)
            for kept in (self._messages, self._reading, self._sources):
                kept.clear()
            return waiting
