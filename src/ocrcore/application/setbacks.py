"""Setbacks: jobs whose documents could not be deleted lately, which upkeep of this process leaves alone for a while.

A store may refuse to delete some documents for ever: somebody holds them, or another user owns their folder. They are
due longest, so without a rest they would be tried first each time, before all others. A rest is as short as a period of
upkeep after the first failure, and twice as long after each further one.
"""

from collections import OrderedDict
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Final
from uuid import UUID

#: The first rest, and the longest.
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(hours=1)
#: Most jobs that are remembered. The one that failed longest ago goes first.
CAPACITY: Final = 10_000


@dataclass(frozen=True, slots=True)
class _Rest:
    length: timedelta
    until: datetime


class Setbacks:
    """The jobs that rest, in memory. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._rests: OrderedDict[UUID, _Rest] = OrderedDict()

    def note(self, job_id: UUID, now: datetime) -> None:
        """Let a job rest from now on."""
        with self._lock:
            last = self._rests.pop(job_id, None)
            length = SHORTEST if last is None else min(2 * last.length, LONGEST)
            self._rests[job_id] = _Rest(length, now + length)
            if len(self._rests) > CAPACITY:
                self._rests.popitem(last=False)

    def forget(self, job_id: UUID) -> None:
        """Forget the failures of a job, after a success."""
        with self._lock:
            self._rests.pop(job_id, None)

    def resting(self, now: datetime) -> AbstractSet[UUID]:
        """Return the jobs that rest. No rest outlasts a clock that was set back by much."""
        with self._lock:
            return {job_id for job_id, rest in self._rests.items() if now < rest.until <= now + LONGEST}
