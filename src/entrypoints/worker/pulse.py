"""Pulses: whether the loops of a process still move."""

import math
import time
from collections.abc import Callable, Iterable, Mapping


class Pulse:
    """The pulse of one loop: begun with each step, and at rest between two.

    ``longest`` is the seconds that a step may take. A step of a silent service ends by its own time limit, well before
    that, so a loop whose step takes longer will not come back by itself. Safe to share between threads.
    """

    def __init__(self, name: str, longest: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._longest, self._clock = longest, clock
        self._since: float | None = None

    def moved(self) -> None:
        """Note that a step begins, or that a long one got on."""
        self._since = self._clock()

    def rest(self) -> None:
        """Note that the step is over."""
        self._since = None

    @property
    def frozen_for(self) -> float | None:
        """How many seconds ago the loop moved last, if that is longer than a step may take, else None."""
        since = self._since
        if since is None:
            return None
        seconds = self._clock() - since
        return seconds if seconds > self._longest else None


def frozen(pulses: Iterable[Pulse]) -> Mapping[str, float]:
    """Return the loops that do not move any more, and for how many seconds."""
    return {pulse.name: seconds for pulse in pulses if (seconds := pulse.frozen_for) is not None}
