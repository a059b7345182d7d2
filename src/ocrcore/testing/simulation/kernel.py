"""The kernel: deterministic concurrency in virtual time.

**Greenlets.** A thread of the product is an *actor* here: a greenlet, a coroutine with a stack of its own that switches
explicitly. All actors share one thread of the operating system. An actor runs until it calls a port, sleeps or ends,
and then switches to the kernel, which resumes another one. Code between two port calls is atomic, and every order of
port calls is possible. (``clock.now`` is the exception: it does not switch.)

**Virtual time** is the number ``Kernel.now``. It stands still while an actor can run, and jumps to the next alarm when
all of them sleep. Days pass in milliseconds, and the speed of the machine has no effect.

**Seeds and replay.** One random generator, started with the seed, decides everything: which actor runs next, latencies,
faults, ids. No real clock, thread, hash order or garbage collection has an influence. The same seed on the same commit
therefore replays the same history, call by call, which is how a violation is debugged.

A killed process gets no notice, as with SIGKILL: its actors are never resumed, so none of their ``finally`` blocks runs
before the history is over.
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

#: The instant at which every history begins.
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
SECOND: Final = 1_000_000
_MICROSECOND: Final = timedelta(microseconds=1)


def micros(duration: timedelta) -> int:
    """Return a duration in microseconds."""
    return duration // _MICROSECOND


class Violation(AssertionError):
    """The violation of an invariant."""

    def __init__(self, invariant: Invariant, detail: str) -> None:
        super().__init__(f"invariant {invariant} {detail}")
        self.invariant = invariant
        self.detail = detail


class Process:
    """A simulated operating-system process, which dies as a whole and has a clock of its own."""

    service: OcrService
    worker: Worker

    def __init__(self, name: str, skew: int) -> None:
        self.name = name
        #: How far its clock is ahead of the true time, in microseconds.
        self.skew = skew
        #: Whether it was killed or has ended: none of its actors runs again.
        self.dead = False
        #: Whether it received SIGTERM.
        self.draining = False
        #: The end of a pause of the whole process.
        self.frozen_until = 0
        #: Its actors that wait for that end, with the number of their sleep.
        self.frozen: list[tuple[Actor, int]] = []
        #: When the last fault hit it, or will have ended.
        self.disturbed_at = -1
        #: Whether no fault except SIGTERM ever hit it.
        self.clean = True
        #: Number of its actors that hang for ever.
        self.hung = 0
        #: The latest reading of its clock, in microseconds since :data:`START`.
        self.last_now = 0
        #: Number of requests that it is answering, also if their clients have lost patience.
        self.requests = 0
        #: Number of running actors that receive or process messages.
        self.busy = 0
        #: Number of running actors that commit outcomes or send acknowledgements.
        self.telling = 0
        #: Whether its heartbeat runs; it ends last, when the process is closing.
        self.beating = False
        self.closing = False
        #: Actors that sleep until a condition on this process holds.
        self.watchers: list[Actor] = []


class Actor:
    """A thread of a process."""

    __slots__ = (
        *("alarm", "body", "claimed", "greenlet", "intent", "key_id", "name", "owner", "process", "until", "who"),
    )

    def __init__(self, process: Process, name: str, body: Callable[[], None]) -> None:
        self.process = process
        self.name = name
        #: Its name in the trace.
        self.who = f"{process.name}.{name}"
        self.body = body
        self.greenlet: greenlet.greenlet = None
        #: The number of its current sleep; alarms with other numbers are void.
        self.alarm = 0
        #: The condition that ends its sleep before the alarm.
        self.until: Callable[[], bool] | None = None
        #: The user's request that it serves, such as ``retry``; empty for background work.
        self.intent = ""
        #: The owner whose request it serves; empty for background work, and for the operator's requests.
        self.owner = ""
        #: The id of the key of this request, once it is known.
        self.key_id = ""
        #: The item that it claimed last.
        self.claimed: object = None


class Kernel:
    """The actors, the time and the random generator."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - replayed, not secret
        self.trace = Trace()
        #: The true time, in microseconds since :data:`START`.
        self.now = 0
        #: The running actor.
        self.current: Actor | None = None
        self.violation: Violation | None = None
        #: When the last fault of a clock happened, which may have affected every process.
        self.disturbed_at = -1
        #: Number of clock leaps.
        self.leaps = 0
        self._hub: greenlet.greenlet = greenlet.getcurrent()
        self._ready: list[Actor] = []
        self._alarms: list[tuple[int, int, Actor]] = []
        self._serial = 0
        self._everybody: list[Actor] = []

    def instant(self) -> datetime:
        """Return the true time."""
        return START + timedelta(microseconds=self.now)

    def at(self, instant: datetime) -> int:
        """Return an instant in microseconds since :data:`START`."""
        return micros(instant - START)

    def spawn(self, process: Process, name: str, body: Callable[[], None]) -> Actor:
        """Create an actor, which starts when it is drawn."""
        actor = Actor(process, name, body)
        actor.greenlet = greenlet.greenlet(lambda: self._live(actor), self._hub)
        self._everybody.append(actor)
        self._ready.append(actor)
        return actor

    def _live(self, actor: Actor) -> None:
        try:
            actor.body()
        except Exception as error:  # noqa: BLE001 - any error that a step raises violates the invariant
            if self.violation is None:
                self.violation = Violation(
                    Invariant.ERRORS_CODED, f"{actor.process.name}.{actor.name} died of {error!r}"
                )
                self.violation.__cause__ = error

    def step_aside(self) -> None:
        """Let other actors run."""
        actor = self.current
        assert actor is not None
        process = actor.process
        if not self._ready and process.watchers:
            self.look(process)
        if not self._ready and process.frozen_until <= self.now:
            return  # no other actor can run, so this one would be drawn
        self._ready.append(actor)
        self._hub.switch()

    def sleep(self, duration: int, until: Callable[[], bool] | None = None, *, of: Process | None = None) -> None:
        """Sleep for microseconds, or until the condition holds, which is evaluated after each turn of ``of``."""
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
        """Sleep for microseconds, or until :meth:`call_in` is called for the room."""
        actor = self.current
        assert actor is not None
        self._set_alarm(actor, self.now + duration)
        room.append((actor, actor.alarm))
        self._hub.switch()

    def call_in(self, room: list[tuple[Actor, int]]) -> None:
        """Wake the actors that still wait in the room."""
        for actor, alarm in room:
            if actor.alarm == alarm:
                self.wake(actor)
        room.clear()

    def park(self) -> None:
        """Suspend the current actor for ever."""
        while True:
            self._hub.switch()

    def fail(self, invariant: Invariant, detail: str) -> None:
        """End the history with a violation, and suspend the current actor for ever."""
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
        """Run until the condition holds or time reaches ``limit``; return whether it held.

        The condition is evaluated before time advances.
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
        """Draw a ready actor; return None if its process is dead or paused."""
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
            process.frozen.append((actor, actor.alarm))
            return None
        return actor

    def thaw(self, process: Process) -> None:
        """End a pause of the process now."""
        process.frozen_until = 0
        self.call_in(process.frozen)

    def _run(self, actor: Actor) -> None:
        self.current = actor
        actor.greenlet.switch()
        self.current = None
        if actor.process.watchers:
            self.look(actor.process)

    def look(self, process: Process) -> None:
        """Wake the actors whose condition on the process holds."""
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
        """Release every actor; port calls from their ``finally`` blocks are refused."""
        self.violation = self.violation or Violation(Invariant.FINISHED_IN_TIME, "the history is over")
        self._ready.clear()
        self._alarms.clear()
        for actor in self._everybody:
            actor.greenlet = None
        self._everybody.clear()
