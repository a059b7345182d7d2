"""The exhaustive tier: a job of three items under every schedule of one or two faults, and every permanent outage."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from ocrcore.testing.simulation.catalogue import APPLICABLE, Fault
from ocrcore.testing.simulation.clients import Client
from ocrcore.testing.simulation.fakes import Factory
from ocrcore.testing.simulation.history import History, Verdict, uncollected
from ocrcore.testing.simulation.kernel import SECOND
from ocrcore.testing.simulation.plan import plan_of
from ocrcore.testing.simulation.world import Faults

#: The four faults that fit every call; some operations have their own form of them.
KINDS: Final = (Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.BEFORE, Fault.AFTER)
_SCRIPT_TIME: Final = 50 * SECOND
#: Number of a port call in a history -> the fault of this call.
Schedule = Mapping[int, Fault]


class Scheduled(Faults):
    """Faults at given calls; with ``all_after``, every call from this number on fails until the faults end."""

    def __init__(self, schedule: Schedule, *, all_after: int | None = None) -> None:
        self._schedule = schedule
        self._all_after = all_after
        #: The called operations, in order.
        self.calls: list[str] = []

    def draw(self, operation: str) -> Fault | None:
        """Return the fault of this call, or None."""
        if operation == "clock.now":
            return None
        number = len(self.calls)
        self.calls.append(operation)
        if self._all_after is not None and number >= self._all_after:
            return Fault.BEFORE if Fault.BEFORE in APPLICABLE[operation] else Fault.ENGINE_CRASH
        return _fitting(operation, self._schedule.get(number))


def _fitting(operation: str, fault: Fault | None) -> Fault | None:
    """Return the operation's form of a fault."""
    if fault is Fault.AFTER and operation == "jobs.transact":
        return Fault.COMMIT_DONE
    if fault is Fault.BEFORE and operation in {"engine.recognise", "engine.recognise_again"}:
        return Fault.ENGINE_CRASH
    if fault is Fault.AFTER and fault not in APPLICABLE[operation]:
        return Fault.BEFORE if Fault.BEFORE in APPLICABLE[operation] else Fault.ENGINE_CRASH
    return fault


class _OneJob(Client):
    """Submits three pages, and repeats the request until there is a response."""

    tries = 50

    def live(self) -> None:
        """Submit."""
        self.submit_pages(3, key="the-key")
        self.done = True


def run_schedule(schedule: Schedule, factory: Factory, *, all_after: int | None = None) -> tuple[Verdict, list[str]]:
    """Return the verdict on the happy path with these faults, and the calls before the faults ended."""
    plan = replace(plan_of(0), apis=1, workers=1, slots=1, clients=1, trouble=_SCRIPT_TIME, restart=5 * SECOND)
    policy = replace(plan.policy, max_attempts=3, keep=None)
    plan = replace(plan, policy=policy, linger=0, long_pages=False, keyed=False, followed=False)
    faults = Scheduled(schedule, all_after=all_after)
    with uncollected():
        return History(plan, factory, faults, _OneJob).run(), faults.calls


def happy_path(factory: Factory) -> list[str]:
    """Return the port calls of the history without faults."""
    return run_schedule({}, factory)[1]


def single_faults(calls: Sequence[str]) -> Iterator[Schedule]:
    """Yield every schedule of one fault of these calls."""
    return ({number: fault} for number, operation in enumerate(calls) for fault in _faults_of(operation))


def double_faults(factory: Factory) -> Iterator[Schedule]:
    """Yield every schedule of two faults.

    The second one is of any later call of the history that the first one leads to, so each schedule is another history.
    """
    for single in single_faults(happy_path(factory)):
        ((first, _),) = single.items()
        _, calls = run_schedule(single, factory)
        for second in single_faults(calls):
            if min(second) > first:
                yield {**single, **second}


def _faults_of(operation: str) -> Iterable[Fault]:
    """Return the faults of an operation, each once; some operations have one form for two kinds."""
    return dict.fromkeys(fault for kind in KINDS if (fault := _fitting(operation, kind)))
