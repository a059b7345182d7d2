"""The plan of a history: who takes part, and what goes wrong; a pure function of the seed."""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from ocrcore.application.context import Policy
from ocrcore.testing.simulation.catalogue import APPLICABLE, PAIRS, Fault
from ocrcore.testing.simulation.kernel import SECOND
from ocrcore.testing.simulation.world import Faults

#: How often a call has a fault, beside the one that the history is about.
_RATES: Final = (0.0, 0.0, 0.01, 0.03, 0.08)
_CLOCK_RATE: Final = 0.002
#: Prime, and larger than the number of pairs: seeds that follow each other are about distant pairs.
_STRIDE: Final = 7919
_MOST_FAULTS: Final = 40
#: How often the next call fails too, in histories where faults do not come alone.
_ECHO: Final = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """What is drawn before the first step."""

    seed: int
    #: The pair that this history is about.
    operation: str
    fault: Fault
    apis: int
    workers: int
    slots: int
    clients: int
    #: How long things go wrong, in microseconds.
    trouble: int
    rate: float
    #: How often the pair happens.
    times: int
    policy: Policy
    upkeep_period: int
    #: Until a process that died is replaced, at most.
    restart: int
    #: How long an answer waits for company before it is settled; in most histories nobody waits for any.
    linger: int

    @property
    def grace(self) -> int:
        """How long a process may take to stop."""
        return 15 * SECOND


def plan_of(seed: int) -> Plan:
    """Return the plan of a seed. Over any range of seeds every pair has its turn equally often."""
    random = Random(seed)  # noqa: S311 - replayed, not secret
    operation, fault = PAIRS[seed * _STRIDE % len(PAIRS)]
    seconds = random.choice((20, 30, 90))
    return Plan(
        seed=seed,
        operation=operation,
        fault=fault,
        apis=random.choice((1, 1, 2)),
        workers=random.choice((1, 2, 2)),
        slots=random.choice((1, 1, 2)),
        clients=random.choice((1, 2, 2)),
        trouble=(random.randrange(30, 120) + (240 if fault is Fault.HANG else 0)) * SECOND,
        rate=random.choice(_RATES),
        times=random.choice((1, 1, 2, 5)),
        policy=Policy(
            item_timeout=timedelta(seconds=seconds),
            lease=timedelta(seconds=30),
            max_attempts=random.choice((1, 2, 3, 3)),
            max_text_bytes=1000,
        ),
        upkeep_period=20 * SECOND,
        restart=random.choice((1, 10, 60)) * SECOND,
        linger=random.choice((0, 4, 0, 0)) * SECOND,
    )


class DrawnFaults(Faults):
    """The pair of the plan at its first calls, or later ones; and others at the plan's rate."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self._random = random
        self._plan = plan
        self._rate = plan.rate
        self._times = plan.times
        self._chance = random.choice((1.0, 0.3))
        self._left = _MOST_FAULTS
        self._echoes = random.choice((False, True))
        self._struck = False

    def draw(self, operation: str) -> Fault | None:
        """Return the fault of this call, or None."""
        fault = self._choose(operation)
        if fault is not None:
            self._struck = self._echoes
            return fault
        if self._struck and operation != "clock.now" and self._random.random() < _ECHO:
            self._struck = False
            return Fault.BEFORE if Fault.BEFORE in APPLICABLE[operation] else None
        return None

    def _choose(self, operation: str) -> Fault | None:
        plan, random = self._plan, self._random
        if operation == plan.operation and self._times and random.random() < self._chance:
            self._times -= 1
            return plan.fault
        if not self._rate or self._left <= 0:
            return None
        if random.random() >= (_CLOCK_RATE if operation == "clock.now" else self._rate):
            return None
        self._left -= 1
        faults = APPLICABLE[operation]
        return faults[int(random.random() * len(faults))]
