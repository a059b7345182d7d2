"""Spending: requests of an owner beside those about its jobs, more than its limit allows."""

from typing import Final

from ocrcore.domain.errors import RateLimited
from ocrcore.testing.simulation.asking import Asking
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process
from ocrcore.testing.simulation.plan import Plan
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.world import World

_BURSTS: Final = 2
_MINUTE: Final = 60 * SECOND
#: The part of the bursts that begins just before a minute ends, and how long before.
_ACROSS, _SOON = 0.5, 3 * SECOND
#: The longest time between two requests of a burst.
_BETWEEN: Final = SECOND // 2


class Spender(Asking):
    """A client of an owner that asks for nothing, and is counted all the same. Several actors may live it."""

    def __init__(self, kernel: Kernel, world: World, processes: Processes, owner: str, plan: Plan) -> None:
        super().__init__(kernel, world, processes, owner)
        self._limits, self._limit = world.checker.limits, plan.policy.limit_requests
        #: The processes that ask the database for this owner. A second request would wait there for a lock, which
        #: stops all actors.
        self._waits_for: set[Process] = set()

    def live(self) -> None:
        """Make bursts of requests, half as many as the limit, or up to twice as many."""
        random = self._kernel.random
        for _ in range(_BURSTS):
            self._kernel.sleep(int(random.random() * _MINUTE))
            if random.random() < _ACROSS:
                self._kernel.sleep(max(0, _MINUTE - self._kernel.now % _MINUTE - int(random.random() * _SOON)))
            for _ in range(random.randrange(self._limit // 2, 2 * self._limit)):
                self.ask(self._spend)
                self._kernel.sleep(int(random.random() * _BETWEEN))

    def _spend(self, process: Process) -> None:
        limit = process.service.request_limit
        self._limits.asked(process)
        try:
            if limit.spend_held(self._owner) is None:
                if process in self._waits_for:
                    return
                self._waits_for.add(process)
                try:
                    limit.spend(self._owner)
                finally:
                    self._waits_for.discard(process)
            self._limits.admitted(self._owner, process)
        except RateLimited:
            self._limits.refused(self._owner)
