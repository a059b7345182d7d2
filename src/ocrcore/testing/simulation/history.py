"""A history: one run of a service from the first request until everything is finished, and the verdict on it."""

import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from ocrcore.ports.queue import Outgoing
from ocrcore.testing.simulation.catalogue import Fault
from ocrcore.testing.simulation.clients import Client, owners
from ocrcore.testing.simulation.fakes import Factory
from ocrcore.testing.simulation.following import Follower, Hub
from ocrcore.testing.simulation.hooking import Hooks
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process, Violation
from ocrcore.testing.simulation.listener import listening
from ocrcore.testing.simulation.liveness import Liveness
from ocrcore.testing.simulation.plan import DrawnFaults, Plan, plan_of
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.spending import Spender
from ocrcore.testing.simulation.trace import Trace
from ocrcore.testing.simulation.world import Faults, World

#: Operations that are called for stray messages only.
_ABOUT_STRAYS: Final = ("rejected.record", "dead_letters.receive", "dead_letters.delete")
#: Clients of an owner, where there are quotas.
_CLIENTS: Final = 3
#: The time limit for clients to finish, after which the service counts as hung.
_LONGEST: Final = 3600 * SECOND


@dataclass(slots=True)
class Verdict:
    """The result of one history."""

    seed: int
    violation: Violation | None
    trace: Trace
    #: Until everything was finished, in microseconds of virtual time.
    lasted: int
    #: Port calls.
    calls: int
    #: (Operation, fault) -> number of injections.
    hits: dict[tuple[str, Fault], int]
    #: (Status before, status after, error code) -> number of transitions.
    edges: Counter[tuple[str, str, str]]
    #: ``job`` -> jobs that clients received; item status -> items with this final status.
    figures: Counter[str] = field(default_factory=Counter)

    def story(self, last: int | None = None) -> str:
        """Return the trace, or its last lines, and the violation as text."""
        why = "no violation" if self.violation is None else str(self.violation)
        lines = "\n".join(self.trace.lines(last))
        return f"{lines}\nseed {self.seed}: {why}"


class History:
    """All participants of one history."""

    def __init__(
        self, plan: Plan, factory: Factory, faults: Faults | None = None, client: type[Client] = Client
    ) -> None:
        self.plan = plan
        self.kernel = Kernel(plan.seed)
        drawn = DrawnFaults(plan, self.kernel.random) if faults is None else faults
        self.world = World(self.kernel, factory, plan.policy, drawn, long_pages=plan.long_pages)
        self.processes = Processes(self.kernel, self.world, plan)
        self.clients: list[Client] = []
        self.followers: list[Follower] = []
        self._client = client

    def begin(self) -> None:
        """Start the processes and the clients."""
        plan = self.plan
        if plan.hooked:
            self.world.hooks = Hooks(self.kernel, self.world.fakes)
            self.world.hooks.begin(*owners(plan.clients))
        for _ in range(plan.apis):
            self.processes.start("api")
        for _ in range(plan.workers):
            self.processes.start("worker")
        self._begin_clients()
        hubs: dict[Process, Hub] = {}
        for owner in owners(plan.clients) if plan.followed else ():
            follower = Follower(self.kernel, self.world, self.processes, owner, hubs)
            self.followers.append(follower)
            self.kernel.spawn(self.processes.house, f"follower-{owner}", follower.live)
        for owner in owners(plan.clients) if plan.limited else ():
            spender = Spender(self.kernel, self.world, self.processes, owner, plan)
            for number in range(2):
                self.kernel.spawn(self.processes.house, f"spender-{owner}-{number}", spender.live)
        if plan.operation in _ABOUT_STRAYS:
            self.kernel.spawn(self.processes.house, "stray", self._stray)
        if plan.operation == "due_work.unindexed":
            self.kernel.spawn(self.processes.house, "old release", self._old_release)

    def _begin_clients(self) -> None:
        for number in range(_CLIENTS if self.plan.quoted else 1):
            for owner in owners(self.plan.clients):
                self.clients.append(self._client(self.kernel, self.world, self.processes, owner, self.plan))
                name = f"client-{owner}-{number}" if number else f"client-{owner}"
                self.kernel.spawn(self.processes.house, name, self.clients[-1].live)

    def _stray(self) -> None:
        """Add stray messages: dead letters, and bodies that are not tasks."""
        kernel, fakes = self.kernel, self.world.fakes
        for _ in range(4):
            kernel.sleep(int(kernel.random.random() * self.plan.trouble / 4))
            bodies = [message.body for message in fakes.messages()] or ["not ours"]
            fakes.bury(kernel.random.choice(bodies))
            if self.plan.operation == "rejected.record":
                fakes.context.queue.send([Outgoing(f"not ours either {kernel.now}", "")])
                self.world.wake_pollers()

    def _old_release(self) -> None:
        """Leave pages as release 0.1 does, which knows no search index."""
        kernel, tables = self.kernel, self.world.fakes.tables
        for _ in range(4):
            kernel.sleep(int(kernel.random.random() * self.plan.trouble / 4))
            done = [item for item in tables.items.values() if item.status == "DONE"]
            for item in done[:1]:
                tables.pages.pop(item.id, None)
                tables.items[item.id] = replace(item, is_indexed=False)
                self.world.checker.commits.renewed(tables.items[item.id])

    def run(self) -> Verdict:
        """Run with faults, then without until everything is finished, and return the verdict."""
        with listening(self.kernel):
            return self._run()

    def _run(self) -> Verdict:
        kernel = self.kernel
        self.begin()
        kernel.run(lambda: False, self.plan.trouble)
        liveness = Liveness(kernel, self.world, self.processes, self.plan, self.followers)
        liveness.heal()
        hooks = self.world.hooks
        if hooks is not None:
            hooks.is_healed = True
        kernel.run(lambda: all(client.done for client in self.clients), kernel.now + _LONGEST)
        liveness.finish()
        if hooks is not None and kernel.violation is None:
            sender = Process("sender", 0)
            sender.service = self.processes.service_of(sender)
            self.processes.end()
            hooks.finish(sender)
        world, tables = self.world, self.world.fakes.tables
        verdict = Verdict(
            self.plan.seed,
            kernel.violation,
            kernel.trace,
            liveness.ended_at or kernel.now,
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
    """Disable the garbage collector, which would end parked actors at unpredictable times."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()
