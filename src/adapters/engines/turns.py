"""Turns of callers: some at a time; owners in turn, and those first that have had little."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock


class NoTurn(Exception):
    """There was no turn in time, or too many others wait that come first."""


@dataclass(eq=False, slots=True)
class _Ticket:
    owner: str
    rank: int
    number: int
    #: Set when the wait ends, with a turn or without.
    decided: Event = field(default_factory=Event)
    has_turn: bool = False


class Turns:
    """Gives ``at_once`` callers their turn at a time. Up to ``waiting`` more wait, each in a thread of its own.

    Of those who wait, the owner with the fewest turns at the moment is next, and among equals the one whose last turn
    was longest ago; of this owner the lowest rank, and among equals the one that came first. When one more comes than
    may wait, the last of the owner with the most waiting is turned away.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._free, self._most = at_once, waiting
        self._waiting: list[_Ticket] = []
        self._numbers, self._lock = count(), Lock()
        self._held = Counter[str]()
        #: Owner who waits or has a turn -> the number of the latest turn.
        self._latest: dict[str, int] = {}

    @property
    def held(self) -> int:
        """How many callers have a turn."""
        with self._lock:
            return self._held.total()

    @property
    def waiting(self) -> int:
        """How many callers wait for theirs."""
        with self._lock:
            return len(self._waiting)

    @contextmanager
    def taken(self, rank: int, timeout: float, owner: str = "") -> Iterator[None]:
        """Hold a turn for the block. Raises :class:`NoTurn`, at the latest after ``timeout`` seconds."""
        ticket = self._ticket(rank, owner)
        ticket.decided.wait(timeout)
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
        if not ticket.has_turn:
            raise NoTurn
        try:
            yield
        finally:
            self._pass_on(owner)

    def _ticket(self, rank: int, owner: str) -> _Ticket:
        with self._lock:
            ticket = _Ticket(owner, rank, next(self._numbers))
            self._waiting.append(ticket)
            if self._free:
                self._free -= 1
                self._call_next()
            elif len(self._waiting) > self._most:
                last = self._last()
                self._waiting.remove(last)
                last.decided.set()
            return ticket

    def _last(self) -> _Ticket:
        """Return who is turned away."""
        waiting = Counter(ticket.owner for ticket in self._waiting)
        return max(self._waiting, key=lambda ticket: (waiting[ticket.owner], ticket.rank, ticket.number))

    def _pass_on(self, owner: str) -> None:
        with self._lock:
            self._held[owner] -= 1
            if self._waiting:
                self._call_next()
            else:
                self._free += 1
            self._forget()

    def _call_next(self) -> None:
        ticket = min(self._waiting, key=self._precedence)
        self._waiting.remove(ticket)
        self._held[ticket.owner] += 1
        self._latest[ticket.owner] = next(self._numbers)
        ticket.has_turn = True
        ticket.decided.set()

    def _precedence(self, ticket: _Ticket) -> tuple[int, int, int, int]:
        owner = ticket.owner
        return self._held[owner], self._latest.get(owner, -1), ticket.rank, ticket.number

    def _forget(self) -> None:
        """Forget the owners who neither wait nor have a turn."""
        present = {ticket.owner for ticket in self._waiting} | {owner for owner, held in self._held.items() if held > 0}
        self._held = Counter({owner: held for owner, held in self._held.items() if owner in present})
        self._latest = {owner: latest for owner, latest in self._latest.items() if owner in present}
