"""The kernel: actors that take turns, and virtual time.

An actor is a greenlet that runs until it calls a port, sleeps or ends; then one seeded draw picks the next. Time
stands still while anybody can run, and leaps to the next alarm when nobody can. A killed process is not told: its
actors are never run again, so that none of their ``finally`` blocks runs before the history is over.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final

import greenlet  # type: ignore[import-untyped] # it ships no types

from ocrcore.application.service import OcrService
from ocrcore.application.worker.worker import Worker
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.trace import Trace

#: When every history begins.
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(duration: timedelta) -> int:
    """Return a duration in microseconds."""
    return duration // _MICROSECOND


class Violation(AssertionError):
    """Something happened that must never happen."""

    def __init__(self, invariant: Invariant, detail: str) -> None:
        super().__init__(f"invariant {invariant} {detail}")
        self.invariant = invariant
        self.detail = detail


class Process:
    """An operating-system process: it dies as a whole, and has a clock of its own."""

    service: OcrService
    worker: Worker

    def __init__(self, name: str, skew: int) -> None:
        self.name = name
        #: How far its clock is ahead, in microseconds.
        self.skew = skew
        #: Killed or ended: none of its actors runs again.
        self.dead = False
        #: Told to stop, by SIGTERM.
        self.draining = False
        #: Stopped as a whole until then.
        self.frozen_until = 0
        #: When the last fault happened to it.
        self.disturbed_at = -1
        #: Whether nothing but SIGTERM ever happened to it.
        self.clean = True
        #: Actors of it that hang for ever.
        self.hung = 0
        #: What its clock said last, in microseconds since :data:`START`.
        self.last_now = 0
        #: Actors of its slots that have not ended.
        self.busy = 0
        #: Actors that have not ended and tell the database or the queue what became of its work.
        self.telling = 0
        #: Whether its heartbeat has not ended; it ends last, when the process is closing.
        self.beating = False
        self.closing = False
        #: Who sleeps until something is so with it.
        self.watchers: list[Actor] = []


class Actor:
    """A thread of a process."""

    __slots__ = ("alarm", "body", "claimed", "greenlet", "intent", "name", "process", "until", "who")

    def __init__(self, process: Process, name: str, body: Callable[[], None]) -> None:
        self.process = process
        self.name = name
        #: As the trace names it.
        self.who = f"{process.name}.{name}"
        self.body = body
        self.greenlet: greenlet.greenlet = None
        #: The number of the sleep it is in; others that were set before are void.
        self.alarm = 0
        #: What may wake it before its alarm.
        self.until: Callable[[], bool] | None = None
        #: What its user asked for, as ``retry``; empty for what nobody asked for.
        self.intent = ""
        #: The item that it claimed last.
        self.claimed: object = None


class Kernel:
    """The actors, the time and the one source of chance."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - replayed, not secret
        self.trace = Trace()
        self.now = 0
        self.current: Actor | None = None
        self.violation: Violation | None = None
        #: When the last fault happened that may have touched everybody.
        self.disturbed_at = -1
        self.leaps = 0
        self._hub: greenlet.greenlet = greenlet.getcurrent()
        self._ready: list[Actor] = []
        self._alarms: list[tuple[int, int, Actor]] = []
        self._serial = 0
        self._everybody: list[Actor] = []

    def instant(self) -> datetime:
        """Return the true time."""
        return START + timedelta(microseconds=self.now)

    def spawn(self, process: Process, name: str, body: Callable[[], None]) -> Actor:
        """Let an actor begin at its first turn."""
        actor = Actor(process, name, body)
        actor.greenlet = greenlet.greenlet(lambda: self._live(actor), self._hub)
        self._everybody.append(actor)
        self._ready.append(actor)
        return actor

    def _live(self, actor: Actor) -> None:
        try:
            actor.body()
        except Exception as error:  # noqa: BLE001 - whatever a step lets out is what the rule is about
            if self.violation is None:
                self.violation = Violation(
                    Invariant.ERRORS_CODED, f"{actor.process.name}.{actor.name} died of {error!r}"
                )
                self.violation.__cause__ = error

    def step_aside(self) -> None:
        """Let the others have a turn."""
        actor = self.current
        assert actor is not None
        process = actor.process
        if not self._ready and process.watchers:
            self.look(process)
        if not self._ready and process.frozen_until <= self.now:
            return  # there are no others: the draw would fall on this one
        self._ready.append(actor)
        self._hub.switch()

    def sleep(self, duration: int, until: Callable[[], bool] | None = None, *, of: Process | None = None) -> None:
        """Wait for so many microseconds, or until the condition holds; it is asked after each turn of ``of``."""
        actor = self.current
        assert actor is not None
        self._set_alarm(actor, self.now + duration)
        if until is not None:
            actor.until = until
            watchers = (of or actor.process).watchers
            if actor not in watchers:
                watchers.append(actor)
        self._hub.switch()

    def wait(self, duration: int, room: list[tuple[Actor, int]]) -> None:
        """Sleep for so many microseconds, or until somebody wakes those who are in the room."""
        actor = self.current
        assert actor is not None
        self._set_alarm(actor, self.now + duration)
        room.append((actor, actor.alarm))
        self._hub.switch()

    def call_in(self, room: list[tuple[Actor, int]]) -> None:
        """Wake those who are still waiting in the room."""
        for actor, alarm in room:
            if actor.alarm == alarm:
                self.wake(actor)
        room.clear()

    def park(self) -> None:
        """Never return."""
        while True:
            self._hub.switch()

    def fail(self, invariant: Invariant, detail: str) -> None:
        """End the history with a violation; whoever called this never runs again."""
        if self.violation is None:
            self.violation = Violation(invariant, detail)
        if self.current is not None:
            self.park()

    def wake(self, actor: Actor) -> None:
        """End an actor's sleep."""
        actor.until = None
        self._serial += 1
        actor.alarm = self._serial
        self._ready.append(actor)

    def _set_alarm(self, actor: Actor, at: int) -> None:
        self._serial += 1
        actor.alarm = self._serial
        heapq.heappush(self._alarms, (at, self._serial, actor))

    def run(self, until: Callable[[], bool], limit: int) -> bool:
        """Run until the condition holds (asked whenever time is about to pass) or ``limit`` is reached.

        Return whether it held.
        """
        while self.violation is None:
            actor = self._draw() if self._ready else None
            if actor is not None:
                self._run(actor)
            elif not self._ready:
                if until():
                    return True
                if not self._advance(limit):
                    return False
        return False

    def _draw(self) -> Actor | None:
        """Return an actor that can run now; what cannot is put aside."""
        ready = self._ready
        place = int(self.random.random() * len(ready)) if len(ready) > 1 else 0
        actor = ready[place]
        ready[place] = ready[-1]
        ready.pop()
        process = actor.process
        if process.dead:
            return None
        if process.frozen_until > self.now:
            self._set_alarm(actor, process.frozen_until)
            return None
        return actor

    def _run(self, actor: Actor) -> None:
        self.current = actor
        actor.greenlet.switch()
        self.current = None
        if actor.process.watchers:
            self.look(actor.process)

    def look(self, process: Process) -> None:
        """Wake those who waited for what has come true of a process."""
        watchers, process.watchers = process.watchers, []
        for actor in watchers:
            if actor.until is None:
                continue
            if actor.until():
                actor.until = None
                self.wake(actor)
            else:
                process.watchers.append(actor)

    def _advance(self, limit: int) -> bool:
        alarms = self._alarms
        while alarms and alarms[0][2].alarm != alarms[0][1]:
            heapq.heappop(alarms)
        if not alarms or alarms[0][0] > limit:
            self.now = max(self.now, limit)
            return False
        self.now = max(self.now, alarms[0][0])
        while alarms and alarms[0][0] <= self.now:
            _, serial, actor = heapq.heappop(alarms)
            if actor.alarm == serial:
                actor.until = None
                actor.alarm = 0
                self._ready.append(actor)
        return True

    def bury(self) -> None:
        """Let go of every actor; what their ``finally`` blocks still ask for is refused."""
        self.violation = self.violation or Violation(Invariant.FINISHED_IN_TIME, "the history is over")
        self._ready.clear()
        self._alarms.clear()
        for actor in self._everybody:
            actor.greenlet = None
        self._everybody.clear()
