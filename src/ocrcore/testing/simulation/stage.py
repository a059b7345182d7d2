"""The stage: the interface of the simulated world for the effects of faults."""

from collections.abc import Callable
from typing import Any, Protocol

from ocrcore.application.policy import Policy
from ocrcore.ports.ids import Ids
from ocrcore.testing.simulation.checker import InvariantChecker
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.kernel import Actor, Kernel

#: The verb of a port.
Port = Callable[..., Any]


class Stage(Protocol):
    """The part of the world that effects use."""

    kernel: Kernel
    fakes: Fakes
    policy: Policy
    ids: Ids
    checker: InvariantChecker
    #: Number of lost messages.
    lost: int
    #: Whether many pages take most of their time limit.
    long_pages: bool
    #: Actors that wait for a message, with the number of their sleep.
    pollers: list[tuple[Actor, int]]

    def decide(self, decision: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """Wrap the decision of a transaction, so that calls of ports other than the clock within it are violations."""
