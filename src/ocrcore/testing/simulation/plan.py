"""The plan of a history: its participants and its faults, as a pure function of the seed."""

from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Final

from ocrcore.application.policy import Policy
from ocrcore.domain.limits import Quotas
from ocrcore.testing.simulation.catalogue import APPLICABLE, PAIRS, Fault
from ocrcore.testing.simulation.kernel import SECOND
from ocrcore.testing.simulation.world import Faults

#: Rates of background faults per call, beside the fault that the history is about.
_RATES: Final = (0.0, 0.0, 0.01, 0.03, 0.08)
_CLOCK_RATE: Final = 0.002
#: A prime above the number of pairs, so that consecutive seeds are about distant pairs.
_STRIDE: Final = 7919
_MOST_FAULTS: Final = 40
#: Pages of the longest document.
_MOST_PAGES: Final = 3
#: For how long the operator keeps finished jobs.
_KEEPS: Final = (None, None, None, timedelta(minutes=2), timedelta(hours=1))
#: The part of the histories with webhooks, beside those that are about one of their ports.
_HOOKED: Final = 0.08
_OF_WEBHOOKS: Final = ("webhooks.", "deliveries.", "receivers.", "sessions.")
#: The part of the histories with a limit of requests, and the limits.
_LIMITED: Final = 0.06
_LIMITS: Final = (12, 40)
#: The part of the histories with quotas, and the quotas.
_QUOTED: Final = 0.05
_OPEN_ITEMS: Final = (0, 2, 4)
_BYTES: Final = (150, 0, 400)
#: The probability that the call after a fault fails too, in histories with echoes.
_ECHO: Final = 0.5


@dataclass(frozen=True, slots=True)
class Plan:
    """The parameters of a history, drawn before its first step."""

    seed: int
    #: The operation and the fault that this history is about.
    operation: str
    fault: Fault
    apis: int
    workers: int
    slots: int
    clients: int
    #: The duration of the phase with faults, in microseconds.
    trouble: int
    #: The rate of background faults.
    rate: float
    #: How often the history's own fault is injected.
    times: int
    policy: Policy
    #: In microseconds.
    upkeep_period: int
    #: The longest time until a dead process is replaced, in microseconds.
    restart: int
    #: How long an outcome waits for others before its group commit, in microseconds; 0 in most histories.
    linger: int
    #: Whether many pages take most of their time limit, so that attempts overlap with whatever happens meanwhile.
    long_pages: bool
    #: Whether requests need keys.
    keyed: bool
    #: Whether somebody follows the events of each owner.
    followed: bool
    #: Whether each owner has a webhook.
    hooked: bool
    #: Whether the requests of an owner are limited, and each makes more of them.
    limited: bool
    #: Whether there are quotas, and each owner has several clients.
    quoted: bool

    @property
    def grace(self) -> int:
        """The grace period of a stopping process, in microseconds."""
        return 15 * SECOND


def plan_of(seed: int) -> Plan:
    """Return the plan of a seed. Every pair is the subject of equally many seeds."""
    random = Random(seed)  # noqa: S311 - replayed, not secret
    operation, fault = PAIRS[seed * _STRIDE % len(PAIRS)]
    seconds = random.choice((20, 30, 90))
    plan = Plan(
        seed=seed,
        operation=operation,
        fault=fault,
        apis=random.choice((1, 1, 2)),
        workers=random.choice((1, 2, 2)),
        slots=random.choice((1, 2, 2)),
        clients=random.choice((1, 2, 2)),
        trouble=(random.randrange(30, 120) + (240 if fault is Fault.HANG else 0)) * SECOND,
        rate=random.choice(_RATES),
        times=random.choice((1, 1, 2, 5)),
        policy=Policy(
            item_timeout=timedelta(seconds=seconds),
            lease=timedelta(seconds=30),
            max_attempts=random.choice((1, 2, 3, 3)),
            max_pages=_MOST_PAGES,
            max_text_bytes=1000,
            keep=random.choice(_KEEPS),
        ),
        upkeep_period=20 * SECOND,
        restart=random.choice((1, 10, 60)) * SECOND,
        linger=random.choice((0, 4, 0, 0)) * SECOND,
        long_pages=random.choice((False, False, True, False)),
        keyed=operation.startswith(("api_keys.", "history_log.")) or random.choice((False, True)),
        followed=operation.startswith("changes.") or random.choice((False, True)),
        hooked=operation.startswith(_OF_WEBHOOKS) or Random(f"hooked {seed}").random() < _HOOKED,  # noqa: S311 - of its own, so that other plans stay
        limited=Random(f"limited {seed}").random() < _LIMITED,  # noqa: S311 - the same
        quoted=Random(f"quoted {seed}").random() < _QUOTED,  # noqa: S311 - the same
    )
    if plan.limited:
        plan = replace(plan, policy=replace(plan.policy, limit_requests=_LIMITS[seed % len(_LIMITS)]))
    if plan.quoted:
        quotas = Quotas(_OPEN_ITEMS[seed % len(_OPEN_ITEMS)], _BYTES[seed // len(_OPEN_ITEMS) % len(_BYTES)])
        plan = replace(plan, policy=replace(plan.policy, quotas=quotas))
    return replace(plan, apis=random.choice((plan.apis, 2, 2))) if plan.keyed else plan


class DrawnFaults(Faults):
    """Draws the fault of the plan at calls of its operation, and background faults at the plan's rate."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self._random = random
        self._plan = plan
        self._rate = plan.rate
        self._times = plan.times
        self._chance = random.choice((1.0, 0.3))
        self._left = _MOST_FAULTS
        self._echoes = random.choice((False, True))
        self._echo_due = False

    def draw(self, operation: str) -> Fault | None:
        """Return the fault of this call, or None."""
        fault = self._choose(operation)
        if fault is not None:
            self._echo_due = self._echoes
            return fault
        if self._echo_due and operation != "clock.now" and self._random.random() < _ECHO:
            self._echo_due = False
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
