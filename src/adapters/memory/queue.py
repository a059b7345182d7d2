"""A queue in memory."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition
from typing import Final

from adapters.message_bodies import is_acceptable
from ocrcore.domain.fairness import next_round
from ocrcore.ports.clock import Clock
from ocrcore.ports.queue import Outgoing, Queue, Received

_MOST: Final = 10
#: Longest time between two checks whether the clock has made a message visible, in seconds.
_POLL: Final = 0.02
#: A group and one of its subgroups.
_Place = tuple[str, str | None]


@dataclass(slots=True)
class _Message:
    number: int
    body: str
    group: str
    visible_at: datetime
    request_id: str | None
    subgroup: str | None
    #: Its round; None once it was delivered, and in a queue that takes no turns.
    round: int | None
    receives: int = 0

    @property
    def receipt(self) -> str:
        return f"{self.number}.{self.receives}"


class MemoryQueue(Queue):
    """A queue of this process, gone with it. Visibility depends on the given clock, ``wait`` on real time.

    With ``in_turn=False`` it is as unfair as SQS may be: the oldest messages first, whoever sent them, except that the
    messages of a group that has more than half of those in flight come after all others.
    """

    def __init__(
        self, clock: Clock, visibility_timeout: timedelta = timedelta(seconds=60), *, in_turn: bool = True
    ) -> None:
        self._clock = clock
        self._visibility_timeout = visibility_timeout
        self._changed = Condition()
        self._messages: dict[int, _Message] = {}
        self._last_number = 0
        self._in_turn = in_turn
        self._served: dict[str, int] = {}
        self._turn = 0

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        """Send the messages and return for each whether it was accepted."""
        with self._changed:
            rounds = self._rounds(messages)
            accepted = [self._put(message, place) for message, place in zip(messages, rounds, strict=True)]
            self._changed.notify_all()
        return accepted

    def receive(self, limit: int, *, wait: timedelta) -> Sequence[Received]:
        """Receive up to ``limit`` messages, groups and their subgroups in turn, hidden for the visibility timeout."""
        if not 1 <= limit <= _MOST:
            msg = f"a receive hands out 1 to {_MOST} messages"
            raise ValueError(msg)
        end = time.monotonic() + wait.total_seconds()
        with self._changed:
            while not (received := self._take(limit)) and (left := end - time.monotonic()) > 0:
                self._changed.wait(min(left, _POLL))
        return received

    def change_visibility(self, changes: Mapping[str, timedelta]) -> None:
        """Hide the messages with these receipts for this long from now."""
        now = self._clock.now()
        with self._changed:
            for receipt, hidden in changes.items():
                message = self._find(receipt)
                if message is not None:
                    message.visible_at = now + hidden
                    message.round = None
            self._changed.notify_all()

    def delete(self, receipts: Iterable[str]) -> None:
        """Delete the messages with these receipts."""
        with self._changed:
            for receipt in receipts:
                message = self._find(receipt)
                if message is not None:
                    del self._messages[message.number]

    @property
    def visibility_timeout(self) -> timedelta:
        """The default time that a received message stays hidden."""
        return self._visibility_timeout

    @property
    def takes_turns(self) -> bool:
        """Whether it was made to."""
        return self._in_turn

    def check(self) -> None:
        """Return: memory is always available."""

    def __len__(self) -> int:
        """Return the number of messages, hidden ones included."""
        with self._changed:
            return len(self._messages)

    def _put(self, message: Outgoing, place: int | None) -> bool:
        if not is_acceptable(message.body):
            return False
        self._last_number += 1
        now = self._clock.now()
        self._messages[self._last_number] = _Message(
            self._last_number, message.body, message.group, now, message.request_id, message.subgroup, place
        )
        return True

    def _rounds(self, messages: Sequence[Outgoing]) -> Sequence[int | None]:
        """Return the rounds of messages that are to be sent."""
        if not self._in_turn:
            return [None] * len(messages)
        current, last = self._known_rounds()
        rounds: list[int | None] = []
        for each in messages:
            place = (each.group, each.subgroup)
            last[place] = next_round(current.get(each.group), last.get(place))
            rounds.append(last[place])
        return rounds

    def _known_rounds(self) -> tuple[dict[str, int], dict[_Place, int]]:
        """Return the current round of each group, and the last one of each subgroup."""
        current: dict[str, int] = {}
        last: dict[_Place, int] = {}
        for message in self._messages.values():
            if message.round is not None:
                current[message.group] = min(message.round, current.get(message.group, message.round))
                place = (message.group, message.subgroup)
                last[place] = max(message.round, last.get(place, 0))
        return current, last

    def _take(self, limit: int) -> list[Received]:
        now = self._clock.now()
        waiting: dict[str, list[_Message]] = {}
        for message in sorted(self._messages.values(), key=lambda message: (message.visible_at, message.number)):
            if message.visible_at <= now:
                waiting.setdefault(message.group, []).append(message)
        if self._in_turn:
            _, last = self._known_rounds()
            for messages in waiting.values():
                _put_into_rounds(messages, last)
        received: list[Received] = []
        while waiting and len(received) < limit:
            group = self._next(waiting, now)
            received.append(self._hand_out(waiting[group].pop(0), now))
            if not waiting[group]:
                del waiting[group]
        return received

    def _next(self, waiting: Mapping[str, Sequence[_Message]], now: datetime) -> str:
        """Return the group of the next message."""
        if self._in_turn:
            return min(waiting, key=lambda name: self._served.get(name, 0))
        in_flight = Counter(message.group for message in self._messages.values() if message.visible_at > now)
        noisy = {name for name, number in in_flight.items() if 2 * number > in_flight.total()}
        return min(waiting, key=lambda name: (name in noisy, waiting[name][0].visible_at, waiting[name][0].number))

    def _hand_out(self, message: _Message, now: datetime) -> Received:
        self._turn += 1
        self._served[message.group] = self._turn
        message.receives += 1
        message.round = None
        message.visible_at = now + self._visibility_timeout
        return Received(
            str(message.number), message.receipt, message.body, message.receives, message.request_id, message.group
        )

    def _find(self, receipt: str) -> _Message | None:
        number, _, _ = receipt.partition(".")
        message = self._messages.get(int(number)) if number.isdecimal() else None
        return message if message is not None and message.receipt == receipt else None


def _put_into_rounds(messages: list[_Message], last: dict[_Place, int]) -> None:
    """Sort the visible messages of a group by their rounds; put those that came back behind the last of their job."""
    current = min((message.round for message in messages if message.round is not None), default=None)
    for message in messages:
        if message.round is None and current is not None:
            place = (message.group, message.subgroup)
            last[place] = message.round = next_round(current, last.get(place))
    if current is not None:
        messages.sort(key=lambda message: (message.round, message.number))
