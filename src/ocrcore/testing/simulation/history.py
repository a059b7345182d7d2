"""A history: one service's life from the first request until everything is finished, and the verdict on it."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from ocrcore.ports.queue import Outgoing
from ocrcore.testing.simulation.catalogue import Fault
from ocrcore.testing.simulation.clients import Client, owners
from ocrcore.testing.simulation.fakes import Factory
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Violation
from ocrcore.testing.simulation.listener import listening
from ocrcore.testing.simulation.liveness import Liveness
from ocrcore.testing.simulation.plan import DrawnFaults, Plan, plan_of
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.trace import Trace
from ocrcore.testing.simulation.world import Faults, World

#: Operations that are called only when messages go astray.
_ABOUT_STRAYS: Final = ("rejected.record", "dead_letters.receive", "dead_letters.delete")
#: Clients that are still at it after this long are of a service that does not answer.
_LONGEST: Final = 3600 * SECOND


@dataclass(slots=True)
class Verdict:
    """What one history showed."""

    seed: int
    violation: Violation | None
    trace: Trace
    #: Until all was finished, in microseconds of virtual time.
    lasted: int
    calls: int
    hits: dict[tuple[str, Fault], int]
    edges: Counter[tuple[str, str, str]]
    #: Jobs that were answered, and items by the status that they ended with.
    figures: Counter[str] = field(default_factory=Counter)

    def story(self, last: int | None = None) -> str:
        """Return what happened, or the last of it, for people."""
        why = "no violation" if self.violation is None else str(self.violation)
        lines = "\n".join(self.trace.lines(last))
        return f"{lines}\nseed {self.seed}: {why}"


class History:
    """Everything that takes part in one history."""

    def __init__(
        self, plan: Plan, factory: Factory, faults: Faults | None = None, client: type[Client] = Client
    ) -> None:
        self.plan = plan
        self.kernel = Kernel(plan.seed)
        drawn = DrawnFaults(plan, self.kernel.random) if faults is None else faults
        self.world = World(self.kernel, factory, plan.policy, drawn)
        self.processes = Processes(self.kernel, self.world, plan)
        self.clients: list[Client] = []
        self._client = client

    def begin(self) -> None:
        """Start the processes and the clients."""
        plan = self.plan
        for _ in range(plan.apis):
            self.processes.start("api")
        for _ in range(plan.workers):
            self.processes.start("worker")
        for owner in owners(plan.clients):
            self.clients.append(self._client(self.kernel, self.world, self.processes, owner, plan.operation))
            self.kernel.spawn(self.processes.house, f"client-{owner}", self.clients[-1].live)
        if plan.operation in _ABOUT_STRAYS:
            self.kernel.spawn(self.processes.house, "stray", self._stray)

    def _stray(self) -> None:
        """Let messages go astray: into the dead letters, or from others to us."""
        kernel, fakes = self.kernel, self.world.fakes
        for _ in range(4):
            kernel.sleep(int(kernel.random.random() * self.plan.trouble / 4))
            bodies = [message.body for message in fakes.messages()] or ["not ours"]
            fakes.bury(kernel.random.choice(bodies))
            if self.plan.operation == "rejected.record":
                fakes.context.queue.send([Outgoing(f"not ours either {kernel.now}", "")])
                self.world.wake_pollers()

    def run(self) -> Verdict:
        """Live through trouble, heal, finish, and judge."""
        with listening(self.kernel):
            return self._run()

    def _run(self) -> Verdict:
        kernel = self.kernel
        self.begin()
        kernel.run(lambda: False, self.plan.trouble)
        ending = Liveness(kernel, self.world, self.processes, self.plan)
        ending.heal()
        kernel.run(lambda: all(client.done for client in self.clients), kernel.now + _LONGEST)
        ending.finish()
        world, tables = self.world, self.world.fakes.tables
        verdict = Verdict(
            self.plan.seed,
            kernel.violation,
            kernel.trace,
            ending.ended_at or kernel.now,
            world.calls,
            world.hits,
            world.checker.commits.edges,
            Counter(
                ["job"] * len(world.checker.client_history.told) + [item.status.value for item in tables.items.values()]
            ),
        )
        kernel.bury()
        return verdict


def run_seed(seed: int, factory: Factory) -> Verdict:
    """Return the verdict on the history of a seed."""
    with uncollected():
        return History(plan_of(seed), factory).run()


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector of cycles still, which would end what is parked at odd times."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
