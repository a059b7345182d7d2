"""The stage: what the effects of faults may use of the world that is simulated."""

from collections.abc import Callable
from typing import Any, Protocol

from ocrcore.application.context import Policy
from ocrcore.ports.ids import Ids
from ocrcore.testing.simulation.checker import InvariantChecker
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.kernel import Actor, Kernel


class Stage(Protocol):
    """The simulated world, as far as effects act on it."""

    kernel: Kernel
    fakes: Fakes
    policy: Policy
    ids: Ids
    checker: InvariantChecker
    #: Messages that were lost.
    lost: int
    #: Who waits for a message, until when.
    pollers: list[tuple[Actor, int]]

    def decide(self, decision: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Return the decision of a transaction such that a call of any port but the clock in it is noticed."""
