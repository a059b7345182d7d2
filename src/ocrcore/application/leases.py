"""Leases: the requests of owners that this process has taken from the database, and may admit without it."""

from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from threading import Lock
from typing import Final

from ocrcore.application.owner_turns import OwnerTurns
from ocrcore.domain.limits import Leased

#: Most owners. Who called longest ago goes first, and takes a new lease with the next request.
CAPACITY: Final = 10_000


class RequestLeases:
    """What this process has of each owner's window. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._leased: OrderedDict[str, Leased] = OrderedDict()
        self._turns = OwnerTurns()

    def change(self, owner: str, limit: int, now: datetime, verb: Callable[[Leased], Leased]) -> Leased:
        """Store and return what becomes of an owner's lease; the verb gets that of the current window."""
        with self._lock:
            known = self._leased.get(owner)
            fits = known is not None and known.limit == limit
            before = known.at(now) if known is not None and fits else Leased.nothing(limit, now)
            after = self._leased[owner] = verb(before)
            self._leased.move_to_end(owner)
            if len(self._leased) > CAPACITY:
                self._leased.popitem(last=False)
            return after

    def taking(self, owner: str) -> AbstractContextManager[None]:
        """Let one thread at a time take a lease for an owner, so that those who wait can spend it."""
        return self._turns.of(owner)
