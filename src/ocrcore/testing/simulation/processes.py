"""Processes: the threads of API and worker processes as actors around the product's steps, and their restarts."""

from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Final

from ocrcore.application.service import OcrService
from ocrcore.application.worker.worker import Step
from ocrcore.domain.errors import Unavailable
from ocrcore.testing.simulation.hooking import Hooks
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process, micros
from ocrcore.testing.simulation.plan import Plan
from ocrcore.testing.simulation.world import SKEW, World

_POLL: Final = timedelta(seconds=10)
#: The pause after a blocked step.
_PAUSE: Final = SECOND
#: Acknowledgements are collected for this long, or until there are this many.
_GATHER: Final = 2 * SECOND
_GATHERED: Final = 10
#: The longest sleep of an idle actor.
_LOOK: Final = 60 * SECOND
#: Threads of a process that send notices.
_SENDERS: Final = 2
#: Between two looks of a sender for old deliveries.
_FORGETTING: Final = 600 * SECOND
#: How long a stopping process waits for commits and acknowledgements.
_END: Final = 2 * SECOND


class Processes:
    """Starts, stops and replaces the processes of one history."""

    def __init__(self, kernel: Kernel, world: World, plan: Plan) -> None:
        self._kernel = kernel
        self._world = world
        self._plan = plan
        self._numbers = count(1)
        #: The process of the clients and of the restarts, which never dies.
        self.house = Process("house", 0)
        self.processes: list[Process] = []
        world.on_crash = self._replace_later
        world.on_sigterm = self.terminate

    def start(self, kind: str) -> Process:
        """Start an ``api`` or a ``worker``."""
        kernel = self._kernel
        process = Process(f"{kind}-{next(self._numbers)}", int((2 * kernel.random.random() - 1) * SKEW))
        process.service = self.service_of(process)
        self.processes.append(process)
        kernel.spawn(process, "upkeep", lambda: self._keep_up(process))
        hooks = self._world.hooks
        if kind == "api" and hooks is not None:
            for number in range(_SENDERS):
                kernel.spawn(process, f"sender-{number}", lambda: self._send(process, hooks))
        if kind == "worker":
            slots = self._plan.slots
            process.worker = process.service.worker(slots=slots)
            process.busy = slots + 1
            process.telling = 2
            process.beating = True
            kernel.spawn(process, "receiver", lambda: self._receive(process))
            kernel.spawn(process, "heartbeat", lambda: self._beat(process))
            kernel.spawn(process, "fetcher", lambda: self._fetch(process))
            kernel.spawn(process, "committer", lambda: self._commit(process))
            kernel.spawn(process, "acknowledger", lambda: self._acknowledge(process))
            for number in range(slots):
                kernel.spawn(process, f"slot-{number}", lambda: self._process(process))
        return process

    def service_of(self, process: Process) -> OcrService:
        """Return the service of a process."""
        return OcrService(self._world.context(process))

    def live(self, kind: str) -> list[Process]:
        """Return the processes of a kind that are neither dead nor draining."""
        return [
            process
            for process in self.processes
            if process.name.startswith(kind) and not process.dead and not process.draining
        ]

    def kill(self, process: Process) -> None:
        """Kill a process without notice."""
        process.dead = True

    def end(self) -> None:
        """Kill all of them, and the clients."""
        for process in self.processes:
            self.kill(process)
        self.processes.clear()
        self.house.dead = True

    def _receive(self, process: Process) -> None:
        worker = process.worker
        while not process.draining:
            if not worker.room:
                self._kernel.sleep(SECOND, lambda: worker.room > 0 or process.draining)
            elif worker.receive_once(_POLL) is Step.BLOCKED:
                self._kernel.sleep(_PAUSE)
            else:
                self._kernel.step_aside()
        process.busy -= 1

    def _process(self, process: Process) -> None:
        worker = process.worker
        while not process.draining:
            step = worker.process_one()
            if step is Step.IDLE:
                self._kernel.sleep(_LOOK, lambda: worker.has_waiting or process.draining)
            elif step is Step.BLOCKED:
                self._kernel.sleep(_PAUSE)
        process.busy -= 1

    def _fetch(self, process: Process) -> None:
        while not process.draining:
            if process.worker.fetch_once() is Step.IDLE:
                self._kernel.sleep(_LOOK, lambda: process.worker.may_fetch or process.draining)

    def _commit(self, process: Process) -> None:
        worker = process.worker
        while not process.draining:
            if self._plan.linger and worker.has_results:
                self._kernel.sleep(self._plan.linger, lambda: process.draining)
            step = worker.commit_once()
            if step is Step.IDLE:
                self._kernel.sleep(_LOOK, lambda: worker.has_results or process.draining)
            elif step is Step.BLOCKED:
                self._kernel.sleep(_PAUSE)
        process.telling -= 1

    def _acknowledge(self, process: Process) -> None:
        worker = process.worker
        while not process.draining:
            self._kernel.sleep(_LOOK, lambda: worker.unacknowledged > 0 or process.draining)
            self._kernel.sleep(_GATHER, lambda: worker.unacknowledged >= _GATHERED or process.draining)
            if worker.acknowledge_once() is Step.BLOCKED:
                self._kernel.sleep(_PAUSE)
        process.telling -= 1

    def _beat(self, process: Process) -> None:
        period = micros(self._plan.policy.lease) // 3
        self._kernel.sleep(int(period * self._kernel.random.random()), lambda: process.closing)
        while not process.closing:
            blocked = process.worker.beat_once() is Step.BLOCKED
            self._kernel.sleep(_PAUSE if blocked else period, lambda: process.closing)
        process.beating = False

    def _keep_up(self, process: Process) -> None:
        period = self._plan.upkeep_period
        self._kernel.sleep(int(period * self._kernel.random.random()))
        while not process.draining:
            process.service.upkeep_once()
            self._kernel.sleep(period)

    def _send(self, process: Process, hooks: Hooks) -> None:
        forget_at = 0
        while not process.draining:
            try:
                if self._kernel.now >= forget_at and not process.service.forget_deliveries_once():
                    forget_at = self._kernel.now + _FORGETTING
                for webhook_id in process.service.due_webhooks():
                    while process.service.deliver_once(webhook_id) is not None:
                        pass
            except Unavailable:
                self._kernel.sleep(_PAUSE)
            self._kernel.wait(hooks.until_next(), hooks.senders)

    def terminate(self, process: Process) -> None:
        """Send SIGTERM."""
        if process.draining or process.dead:
            return
        process.draining = True
        self._world.wake_pollers()
        self._kernel.spawn(process, "signal", lambda: self._stop(process))

    def _stop(self, process: Process) -> None:
        end = self._kernel.now + self._plan.grace
        if process.name.startswith("worker"):
            process.worker.drain()
            self._sleep_until(self._plan.grace - _END, lambda: process.busy == 0)
            if process.busy:
                process.worker.stop_work()
                self._sleep_until(_END, lambda: process.busy == 0)
            self._sleep_until(max(_END, end - _END - self._kernel.now), lambda: process.telling == 0)
            self._commit_all(process, end)
            process.closing = True
            self._sleep_until(_END, lambda: not process.beating)  # the last heartbeat may show messages again
        process.dead = True
        self._world.checker.exited(process, end)
        self._replace_later(process)

    def _commit_all(self, process: Process, end: int) -> None:
        """Commit and acknowledge the remaining outcomes, until the grace period is over."""
        while (step := process.worker.commit_once()) is not Step.IDLE and self._kernel.now < end:
            if step is Step.BLOCKED:
                self._kernel.sleep(_PAUSE)
        process.worker.acknowledge_once()

    def _sleep_until(self, most: int, until: Callable[[], bool]) -> None:
        if not until():
            self._kernel.sleep(most, until)

    def _replace_later(self, process: Process) -> None:
        kind = process.name.partition("-")[0]
        delay = int(self._plan.restart * self._kernel.random.random())

        def replace() -> None:
            self._kernel.sleep(delay)
            self.start(kind)

        self._kernel.spawn(self.house, "restart", replace)
