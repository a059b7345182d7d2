"""The world: a service on fakes. Every port call between them lets other actors run, and may inject a fault."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import datetime, timedelta
from functools import partial
from typing import Any, BinaryIO, Final, Protocol
from uuid import UUID

from greenlet import GreenletExit  # type: ignore[import-untyped] # it ships no types

from ocrcore.application.context import Context
from ocrcore.application.owner_turns import OwnerTurns
from ocrcore.application.policy import Policy
from ocrcore.domain.errors import CommitUnknown, DocumentsBusy, OcrError, Unavailable
from ocrcore.ports.clock import Clock
from ocrcore.ports.ids import Ids
from ocrcore.ports.imaging import Header, Imaging
from ocrcore.testing.simulation.catalogue import APPLICABLE, AWAY, Fault
from ocrcore.testing.simulation.checker import InvariantChecker
from ocrcore.testing.simulation.effects import EFFECTS
from ocrcore.testing.simulation.fakes import Factory
from ocrcore.testing.simulation.hooking import Hooks
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process

_CRASHES: Final = frozenset({Fault.CRASH_BEFORE, Fault.CRASH_AFTER})
#: Faults that do not impair the process's leases: they affect one page or message only.
_HARMLESS: Final = frozenset(
    {
        *(Fault.SLOW, Fault.DUPLICATE, Fault.SHUFFLE, Fault.REDELIVER, Fault.GARBAGE, Fault.STRANGER),
        *(Fault.TIMEOUT, Fault.ENGINE_CRASH, Fault.CORRUPT, Fault.LONG_TEXT, Fault.EMPTY_TEXT, Fault.HANG, Fault.BUG),
    }
)
#: Faults of clocks, which affect all processes.
_SHARED: Final = frozenset({Fault.LEAP, Fault.STEP})
_SHOWING: Final = frozenset({"queue.send", "queue.change_visibility"})
_LATENCY_CHANCE: Final = 0.06
_MOST_LATENCY: Final = SECOND // 2
_LONGEST_DELAY: Final = 40 * SECOND
#: The children that inspect files are all taken in one of so many microseconds.
_TAKEN: Final = 23
#: Between two looks whether an owner's turn is over.
_TURN: Final = SECOND // 10
_LEAP: Final = 3 * 3600 * SECOND
#: The largest difference between a process's clock and the true time, in microseconds.
SKEW: Final = 5 * SECOND


class Faults(Protocol):
    """The source of faults."""

    def draw(self, operation: str) -> Fault | None:
        """Return the fault of this call, or None."""


class NoFaults(Faults):
    """No faults."""

    def draw(self, operation: str) -> Fault | None:  # noqa: ARG002 - every call is alike
        """Return None."""
        return None


class TrueClock(Clock):
    """The true time, as the clock of the fakes."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def now(self) -> datetime:
        """Return the true time."""
        return self._kernel.instant()


class DrawnIds(Ids):
    """UUIDs of version 7 from virtual time and the random generator of the kernel."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def new(self) -> UUID:
        """Return an id."""
        milliseconds = int(START.timestamp()) * 1000 + self._kernel.now // 1000
        return UUID(int=milliseconds << 80 | 7 << 76 | 0b10 << 62 | self._kernel.random.getrandbits(62))

    def secret(self, size: int) -> bytes:
        """Return random bytes."""
        return self._kernel.random.randbytes(size)


class ProcessClock(Clock):
    """The clock of one process, with its skew."""

    def __init__(self, world: "World", process: Process) -> None:
        self._world = world
        self._process = process

    def now(self) -> datetime:
        """Return the time of the process's clock. This call, as the only one, does not let other actors run."""
        world, process = self._world, self._process
        fault = world.faults.draw("clock.now")
        if fault is not None:
            world.turn_clock(process, fault)
        process.last_now = world.kernel.now + process.skew
        return START + timedelta(microseconds=process.last_now)


class Unwired:
    """A port whose calls are made directly: no fault hits them, and no other actor runs."""

    def __init__(self, world: "World", name: str, port: object) -> None:
        self._world = world
        self._name = name
        self._port = port

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - the type of any attribute
        return self._world.outside(f"{self._name}.{verb}", getattr(self._port, verb))


class Inspection:
    """The imaging of a process, whose children are all taken now and then, until the faults end.

    The time decides about that, and no draw, so that all other histories stay as they were.
    """

    def __init__(self, world: "World", imaging: Imaging) -> None:
        self._world = world
        self._imaging = imaging

    def inspect(self, content: BinaryIO, place: int, owner: str) -> Header:
        """Return the header, or refuse one of several files as well as all of them."""
        if (self._world.kernel.now + place) % _TAKEN == _TAKEN - 1 and not isinstance(self._world.faults, NoFaults):
            self._world.note("imaging.inspect", None, "DocumentsBusy")
            raise DocumentsBusy
        return self._imaging.inspect(content, place, owner)

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - the type of any attribute
        return getattr(self._imaging, verb)


class Wire:
    """A port of one process: its calls go through the world."""

    def __init__(self, world: "World", process: Process, name: str, port: object) -> None:
        self._world = world
        self._process = process
        self._name = name
        self._port = port

    def __getattr__(self, verb: str) -> Any:  # noqa: ANN401 - the type of any attribute
        attribute = getattr(self._port, verb)
        operation = _AS.get(f"{self._name}.{verb}", f"{self._name}.{verb}")
        if operation not in APPLICABLE:
            return self._world.outside(operation, attribute)
        call = partial(self._world.call, self._process, operation, attribute)
        self.__dict__[verb] = call
        return call


#: Verb that another one of its port makes up -> the operation that it counts as.
_AS: Final = {"documents.get": "documents.open"}


class Turns(OwnerTurns):
    """The turns of owners within one process, for actors instead of threads."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self._kernel = kernel
        self._with_turn: set[str] = set()

    @contextmanager
    def of(self, owner: str, *, patience: float = -1) -> Iterator[None]:
        """Let one actor at a time go on for an owner."""
        end = self._kernel.now + int(patience * SECOND)
        while owner in self._with_turn:
            if patience >= 0 and self._kernel.now >= end:
                raise TimeoutError
            self._kernel.sleep(_TURN)
        self._with_turn.add(owner)
        try:
            yield
        finally:
            self._with_turn.discard(owner)


#: Ports whose calls go through the world, ports of the process itself, and ports that are called directly.
_WIRED: Final = tuple(
    dict.fromkeys(operation.partition(".")[0] for operation in APPLICABLE if operation != "clock.now")
)
_OWN: Final = (
    *("clock", "ids", "policy", "reads", "verdicts", "leases"),
    *("publications", "logins", "kept_secret", "quota_turns", "reader", "overviews", "glances"),
    "setbacks",
)
_DIRECT: Final = tuple(port.name for port in fields(Context) if port.name not in {*_WIRED, *_OWN})


class World:
    """The fakes, the faults and the checkers of one history."""

    def __init__(
        self, kernel: Kernel, factory: Factory, policy: Policy, faults: Faults, *, long_pages: bool = False
    ) -> None:
        self.kernel = kernel
        self.policy = policy
        self.faults = faults
        #: Whether many pages take most of their time limit.
        self.long_pages = long_pages
        self.ids: Ids = DrawnIds(kernel)
        self.fakes = factory(TrueClock(kernel), self.ids, policy)
        self.checker = InvariantChecker(kernel, self.fakes, policy)
        #: The webhooks of the owners; None: they have none.
        self.hooks: Hooks | None = None
        #: Called with a process that was killed, or that receives SIGTERM.
        self.on_crash: Callable[[Process], None] = lambda _process: None
        self.on_sigterm: Callable[[Process], None] = lambda _process: None
        #: Number of port calls.
        self.calls = 0
        #: Number of lost messages.
        self.lost = 0
        #: (Operation, fault) -> number of injections.
        self.hits: dict[tuple[str, Fault], int] = {}
        #: Actors that wait for a message, with the number of their sleep.
        self.pollers: list[tuple[Actor, int]] = []
        #: (Process, port) -> the end of an outage.
        self._outages: dict[tuple[str, str], int] = {}
        self._deciding = False

    def context(self, process: Process) -> Context:
        """Return the ports of a process."""
        real = self.fakes.context
        ports = {name: getattr(real, name) for name in (*_WIRED, *_DIRECT)}
        if self.hooks is not None:
            ports["receivers"] = self.hooks.receivers
        ports["imaging"] = Inspection(self, ports["imaging"])
        ports |= {name: Unwired(self, name, ports[name]) for name in _DIRECT if ports[name] is not None}
        ports |= {name: Wire(self, process, name, ports[name]) for name in _WIRED}
        clock, turns = ProcessClock(self, process), Turns(self.kernel)
        return Context(**ports, clock=clock, ids=self.ids, policy=self.policy, quota_turns=turns)

    def call(self, process: Process, operation: str, port: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the types of any verb
        """Call a port for a process, after other actors had a turn, with the drawn fault if any."""
        kernel = self.kernel
        actor = kernel.current
        if actor is None or kernel.violation is not None:
            raise GreenletExit  # a ``finally`` block that runs after the history
        self._require_outside(operation)
        kernel.step_aside()
        if kernel.random.random() < _LATENCY_CHANCE:
            kernel.sleep(int(kernel.random.random() * _MOST_LATENCY))
        self.calls += 1
        fault = self.faults.draw(operation)
        self._before(process, operation, fault)
        try:
            effect = EFFECTS.get(operation)
            answer = effect(self, process, fault, port, *args, **kwargs) if effect else port(*args, **kwargs)
        except OcrError as error:
            self.note(operation, fault, type(error).__name__)
            if not isinstance(error, Unavailable):
                self.checker.refused(operation, actor, args, error, kwargs)
            raise
        if operation in _SHOWING:
            self.wake_pollers()
        self.checker.saw(operation, actor, args, answer, kwargs)
        if self.hooks is not None:
            self.hooks.saw(operation, actor, args, answer)
        if fault is not None:
            self._after(process, operation, fault)
        self.note(operation, fault, "ok")
        return answer

    def outside(self, operation: str, attribute: Any) -> Any:  # noqa: ANN401 - the type of any attribute
        """Return an attribute of a port whose calls are direct, but violations inside a transaction."""
        if not callable(attribute):
            return attribute

        def call(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - the types of any verb
            self._require_outside(operation)
            return attribute(*args, **kwargs)

        return call

    def _require_outside(self, operation: str) -> None:
        if self._deciding and self.kernel.current is not None:
            name = self.kernel.current.name
            self.kernel.fail(Invariant.NO_CALL_IN_TRANSACTION, f"{name} calls {operation} inside a transaction")

    def wake_pollers(self) -> None:
        """Wake the actors that wait for a message."""
        self.kernel.call_in(self.pollers)

    def note(self, operation: str, fault: Fault | None, outcome: str) -> None:
        """Write a line of the trace."""
        kernel = self.kernel
        actor = kernel.current
        assert actor is not None
        kernel.trace.entries.append((kernel.now, actor.who, operation, fault or "", outcome))

    def _before(self, process: Process, operation: str, fault: Fault | None) -> None:
        if fault is not None:
            self._hit(process, operation, fault)
            self._begin(process, operation, fault)
        if self._outages:
            port = operation.partition(".")[0]
            if self._outages.get((process.name, port), 0) > self.kernel.now:
                self._refuse(operation, fault or Fault.OUTAGE)

    def _begin(self, process: Process, operation: str, fault: Fault) -> None:
        kernel = self.kernel
        match fault:
            case Fault.BEFORE:
                self._refuse(operation, fault)
            case Fault.DELAY:
                delay = int(kernel.random.random() * _LONGEST_DELAY)
                process.disturbed_at = max(process.disturbed_at, kernel.now + delay)
                kernel.sleep(delay)
            case Fault.CRASH_BEFORE:
                self._crash(process, operation, fault)
            case Fault.PAUSE:
                process.frozen_until = kernel.now + int((40 + 80 * kernel.random.random()) * SECOND)
                process.disturbed_at = max(process.disturbed_at, process.frozen_until)
                kernel.step_aside()
            case Fault.OUTAGE:
                until = kernel.now + int(60 * kernel.random.random() * SECOND)
                self._outages[process.name, operation.partition(".")[0]] = until
                process.disturbed_at = max(process.disturbed_at, until)
            case Fault.SIGTERM:
                self.on_sigterm(process)
                kernel.step_aside()
            case _:
                pass

    def _after(self, process: Process, operation: str, fault: Fault) -> None:
        match fault:
            case Fault.AFTER:
                self._refuse(operation, fault)
            case Fault.COMMIT_DONE:
                self.note(operation, fault, "CommitUnknown")
                msg = "simulated: the commit was not answered"
                raise CommitUnknown(msg)
            case Fault.CRASH_AFTER:
                self._crash(process, operation, fault)
            case _:
                pass

    def _hit(self, process: Process, operation: str, fault: Fault) -> None:
        self.hits[operation, fault] = self.hits.get((operation, fault), 0) + 1
        if fault is not Fault.SIGTERM:
            process.clean = False
        if fault not in _HARMLESS:
            process.disturbed_at = max(process.disturbed_at, self.kernel.now)
        if fault in _SHARED:
            self.kernel.disturbed_at = self.kernel.now

    def _refuse(self, operation: str, fault: Fault) -> None:
        away = AWAY.get(operation) or AWAY[operation.partition(".")[0]]
        error = away(f"simulated: {operation} {fault}")
        self.note(operation, fault, type(error).__name__)
        raise error

    def _crash(self, process: Process, operation: str, fault: Fault) -> None:
        self.note(operation, fault, "killed")
        process.dead = True
        self.on_crash(process)
        self.kernel.park()

    def turn_clock(self, process: Process, fault: Fault) -> None:
        """Set the clock of a process, or advance all clocks."""
        kernel = self.kernel
        self._hit(process, "clock.now", fault)
        if fault is Fault.STEP:
            process.skew = int((2 * kernel.random.random() - 1) * SKEW)
        else:
            kernel.now += _LEAP
            kernel.leaps += 1
            kernel.disturbed_at = kernel.now
        self.note("clock.now", fault, "ok")

    def decide(self, decision: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Wrap the decision of a transaction, so that calls of ports other than the clock within it are violations."""

        def watched(transaction: Any) -> Any:  # noqa: ANN401 - the type of any decision
            self._deciding = True
            try:
                return decision(transaction)
            finally:
                self._deciding = False

        return watched

    def heal(self) -> None:
        """End all faults."""
        self.long_pages = False
        self.faults = NoFaults()
        self._outages.clear()
