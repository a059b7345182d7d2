"""The mischief: what happens to a deployment while it is used."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from threading import Event, Thread
from typing import Final

from chaos.deployment import GRACE, Deployment
from ocrcore.testing.patience import stretch

#: In proportion.
_DEEDS: Final = (
    *("kill worker",) * 5,
    *("kill api",) * 3,
    *("stop worker",) * 3,
    *("stop api",) * 2,
    *("freeze worker",) * 2,
    "freeze api",
    "crash database",
    "restart database",
)
#: Longer than a lease.
_FREEZE: Final = 4.5


class Mischief:
    """A thread that does one bad thing after the other; what ended is started anew by whoever supervises it."""

    def __init__(self, deployment: Deployment, seed: int) -> None:
        self.done: Counter[str] = Counter()
        #: Seconds from SIGTERM to the exit.
        self.exits: list[float] = []
        self.wrong: list[str] = []
        self._deployment = deployment
        self._random = random.Random(seed)  # noqa: S311 - to be repeated, not secret
        self._stopping = Event()
        self._thread = Thread(target=self._live, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _live(self) -> None:
        while not self._stopping.wait(0.1 + 0.7 * self._random.random()):
            deed = self._random.choice(_DEEDS)
            self.done[deed] += 1
            verb, _, what = deed.partition(" ")
            try:
                getattr(self, f"_{verb}")(what)
            except Exception as error:  # noqa: BLE001 - whatever it is, the round has to tell
                self.wrong.append(f"wrong: {deed}: {error!r}")

    def _kill(self, kind: str) -> None:
        member = self._deployment.any(kind)
        if member is not None:
            member.running.process.kill()

    def _stop(self, kind: str) -> None:
        member = self._deployment.any(kind)
        if member is not None:
            before, took = stretch(), member.running.stop()
            self.exits.append(took)
            if took > (GRACE + 1) * max(before, stretch()):
                self.wrong.append(f"wrong: a {kind} took {took:.1f} s to stop")

    def _freeze(self, kind: str) -> None:
        member = self._deployment.any(kind)
        if member is not None:
            member.running.process.send_signal(signal.SIGSTOP)
            time.sleep(_FREEZE)
            member.running.process.send_signal(signal.SIGCONT)

    def _crash(self, _: str) -> None:
        self._restart_after(self._deployment.server.crash)

    def _restart(self, _: str) -> None:
        self._restart_after(self._deployment.server.stop)

    def _restart_after(self, end: Callable[[], None]) -> None:
        end()
        time.sleep(self._random.random())
        self._deployment.restart_database()
