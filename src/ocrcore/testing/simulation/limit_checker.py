"""The checker of limits: the requests that were admitted and refused, over all processes."""

from typing import Final

from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process

_MINUTE: Final = 60 * SECOND
#: The largest difference between a clock and the true time.
_SKEW: Final = 5 * SECOND
#: The part of the limit that a process may spend of a minute without the database, and that it takes of it at once.
_SHARE, _LEASE = 4, 20


class LimitChecker:
    """Counts the requests of each owner by minutes: what is admitted by the clock of its process, else by true time."""

    def __init__(self, kernel: Kernel, limit: int) -> None:
        self._kernel, self._limit = kernel, limit
        self._share, self._lease = max(1, limit // _SHARE), max(1, limit // _LEASE)
        #: Owner -> when each of its requests was admitted, by which process, and in which minute of its clock.
        self._admitted: dict[str, list[tuple[int, Process, int]]] = {}
        #: The processes that were asked, and when last.
        self._asked: dict[Process, int] = {}

    def asked(self, process: Process) -> None:
        """Note a process that gets a request. It may take of a minute, and end before it spends that."""
        self._asked[process] = self._kernel.now

    def admitted(self, owner: str, process: Process) -> None:
        """Check an admitted request, until a process may be in the next minute, of which it may take for all."""
        now, minute = self._kernel.now, process.last_now // _MINUTE
        requests = self._admitted.setdefault(owner, [])
        requests.append((now, process, minute))
        begin = minute * _MINUTE
        if self._kernel.disturbed_at >= begin - _SKEW or now >= begin + _MINUTE - _SKEW:
            return
        of_minute = [each for _, each, of in requests if of == minute]
        without = sum(each.disturbed_at >= begin - _SKEW for each in dict.fromkeys(of_minute))
        if len(of_minute) > self._limit + without * self._share:
            self._fail(f"{owner} made {len(of_minute)} requests in a minute, {without} processes without the database")

    def refused(self, owner: str) -> None:
        """Check a refused request: what is not spent is held by a process, in a lease for each at most.

        At the ends of a minute, processes may be in two of them.
        """
        now = self._kernel.now
        begin = now - now % _MINUTE
        if self._kernel.disturbed_at >= begin - _SKEW or not _SKEW <= now - begin < _MINUTE - _SKEW:
            return
        asked = [process for process, at in self._asked.items() if at >= begin - _SKEW]
        if any(process.disturbed_at >= begin - _SKEW for process in asked):
            return
        spent = sum(at >= begin - _SKEW for at, _, _ in self._admitted.get(owner, ()))
        if spent < self._limit - len(asked) * self._lease:
            self._fail(f"{owner} was refused after {spent} requests in a minute")

    def _fail(self, detail: str) -> None:
        self._kernel.fail(Invariant.REQUESTS_LIMITED, f"{detail}; the limit is {self._limit}")
