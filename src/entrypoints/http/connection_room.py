"""Room for connections: which of them are closed when there are too many.

A connection that waits for something from its client, the head of a request or the rest of a body, may make room for a
new one. The one that is furthest behind goes first, so that neither silence nor a body that drips keeps others out, and
where one address has more than half of all, one of its own. A few more connections than there is room for may ask how
the service is, for whoever asks that would restart a service that answers others.
"""

import time
from collections import Counter, OrderedDict
from enum import Enum, auto
from itertools import islice
from typing import Final, Protocol

#: Connections beyond the most that may ask how the service is.
RESERVED: Final = 16
#: Connections of each kind that are looked at to find one that is far behind.
_LOOKED_AT: Final = 64


class Connection(Protocol):
    """What there must be to know of a connection."""

    @property
    def address(self) -> str | None:
        """The client's address, which shares the room with others; None for a proxy, which speaks for many."""

    def seconds_behind(self, now: float) -> float:
        """Return for how long it has been waited for, less the seconds for which what has come is enough."""

    def abort(self) -> None:
        """Close it at once."""


class Admission(Enum):
    """What becomes of a new connection."""

    ADMITTED = auto()
    #: It may ask how the service is, and nothing else.
    FOR_HEALTH = auto()
    REFUSED = auto()


class Room:
    """The connections that wait for their clients."""

    def __init__(self, most: int, reserved: int = RESERVED) -> None:
        self._most, self._reserved = most, reserved
        #: For heads, those that wait longest first; and for bodies, those first that were not looked at for longest.
        self._heads: OrderedDict[Connection, None] = OrderedDict()
        self._bodies: OrderedDict[Connection, None] = OrderedDict()
        self._for_health: OrderedDict[Connection, None] = OrderedDict()
        self._of: Counter[str] = Counter()

    def wait_for_head(self, connection: Connection) -> None:
        """Note that a connection begins to wait for the head of a request, or for its client to close it."""
        self.leave(connection)
        if connection not in self._for_health:
            self._heads[connection] = None

    def wait_for_body(self, connection: Connection) -> None:
        """Note that a connection begins to wait for the rest of a body."""
        self.leave(connection)
        if connection not in self._for_health:
            self._bodies[connection] = None

    def leave(self, connection: Connection) -> None:
        """Note that it does not wait any more. A second call has no effect."""
        self._heads.pop(connection, None)
        self._bodies.pop(connection, None)

    def enter(self, connection: Connection, connections: int) -> Admission:
        """Return whether a new connection may stay, one of so many, and close one that waits if there are too many.

        Every connection that entered must :meth:`end`.
        """
        if connection.address is not None:
            self._of[connection.address] += 1
        connections -= len(self._for_health)
        if connections <= self._most:
            return Admission.ADMITTED
        behind = self._furthest_behind()
        if behind is not None:
            self.leave(behind)
            behind.abort()
            return Admission.ADMITTED
        if not self._reserved:
            return Admission.REFUSED
        if len(self._for_health) >= self._reserved:
            oldest, _ = self._for_health.popitem(last=False)
            oldest.abort()
        self._for_health[connection] = None
        return Admission.FOR_HEALTH

    def end(self, connection: Connection) -> None:
        """Note that a connection that entered is closed."""
        self.leave(connection)
        self._for_health.pop(connection, None)
        if connection.address is not None:
            self._of[connection.address] -= 1
            if not self._of[connection.address]:
                del self._of[connection.address]

    def _furthest_behind(self) -> Connection | None:
        """Return which of some is furthest behind, of the address that has the most if it waits, or None if none is."""
        now, most_of = time.monotonic(), self._most_of()
        bodies = list(islice(self._bodies, _LOOKED_AT))
        for connection in bodies:
            self._bodies.move_to_end(connection)
        late = [one for one in (*islice(self._heads, _LOOKED_AT), *bodies) if one.seconds_behind(now) > 0]
        return max(late, key=lambda one: (one.address in most_of, one.seconds_behind(now)), default=None)

    def _most_of(self) -> set[str]:
        """Return the address that has more than half of the room, if there is one."""
        return {address for address, count in self._of.most_common(1) if count > self._most // 2}
