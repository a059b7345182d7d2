"""Turns of callers: some at a time, and those first that have had little."""

from bisect import insort
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock


class NoTurn(Exception):
    """There was no turn in time, or too many others wait that come first."""


@dataclass(order=True, slots=True)
class _Ticket:
    rank: int
    number: int
    #: Set when the wait ends, with a turn or without.
    decided: Event = field(default_factory=Event, compare=False)
    has_turn: bool = field(default=False, compare=False)


class Turns:
    """Gives ``at_once`` callers their turn at a time. Up to ``waiting`` more wait, each in a thread of its own.

    Of those who wait, the lowest rank is next, and among equals the one that came first. When one more comes than may
    wait, the last of them all is turned away.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free, self._most = at_once, waiting
        self._waiting: list[_Ticket] = []
        self._numbers, self._lock = count(), Lock()

    @contextmanager
    def taken(self, rank: int, timeout: float) -> Iterator[None]:
        """Hold a turn for the block. Raises :class:`NoTurn`, at the latest after ``timeout`` seconds."""
        ticket = self._ticket(rank)
        ticket.decided.wait(timeout)
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if not ticket.has_turn:
            raise NoTurn
        try:
            yield
        finally:
            self._pass_on()

    def _ticket(self, rank: int) -> _Ticket:
        with self._lock:
            ticket = _Ticket(rank, next(self._numbers))
            insort(self._waiting, ticket)
            if self._free:
                self._free -= 1
                self._call_next()
            elif len(self._waiting) > self._most:
                self._waiting.pop().decided.set()
            return ticket

    def _pass_on(self) -> None:
        with self._lock:
            if self._waiting:
                self._call_next()
            else:
                self._free += 1

    def _call_next(self) -> None:
        ticket = self._waiting.pop(0)
        ticket.has_turn = True
        ticket.decided.set()
