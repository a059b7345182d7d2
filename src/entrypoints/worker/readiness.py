"""Readiness: which services behind this process are unavailable, and since when."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import UTC, datetime
from threading import Lock
from typing import Final

from adapters.prometheus.gauges import Gauge
from ocrcore import ProblemCode
from ocrcore.application.probes import PARTS, Failing, Probe, failing

#: Seconds after which a service without an answer counts as unavailable.
_TIMEOUT: Final = 4.0

_Started = Mapping[str, Future[ProblemCode | None]]


class Readiness:
    """Probes of all services, in threads of their own. A probe that still runs is not started again.

    There is a thread for each service, so no probe waits for another.
    """

    def __init__(self, services: Callable[[], Mapping[str, Probe]]) -> None:
        self._services = services
        #: What was unavailable at the last look.
        self.latest: Sequence[Failing] = ()
        self._has_looked = False
        self._begun = 0.0
        self._lock = Lock()
        self._threads = ThreadPoolExecutor(len(PARTS), thread_name_prefix="health")
        self._running: dict[str, Future[ProblemCode | None]] = {}

    def look(self) -> Sequence[Failing]:
        """Return what is unavailable, after the timeout at the latest."""
        started = self._start()
        wait(started.values(), _TIMEOUT)
        return self._judge(started)

    async def watch(self) -> Sequence[Failing]:
        """Return the same, without holding a thread."""
        started = self._start()
        await asyncio.wait([asyncio.wrap_future(probe) for probe in started.values()], timeout=_TIMEOUT)
        return self._judge(started)

    def gauge(self) -> Gauge:
        """Return the metric of each service: 1 if it was available at the last look, else 0; nothing before it.

        Reading it waits for no service. It begins a look, which the next one judges.
        """
        return Gauge(
            "ocr_part_ready",
            "1: the service behind this process answered at the last look.",
            self._read,
            "part",
        )

    def close(self) -> None:
        """Start no further probe."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read(self) -> Mapping[str, float]:
        with self._lock:
            running = dict(self._running)
        is_over = all(probe.done() for probe in running.values()) or time.monotonic() - self._begun > _TIMEOUT
        if running and is_over:
            self._judge(running)
        if is_over:
            self._start()
        away = {one.part for one in self.latest}
        return {part: float(part not in away) for part in PARTS} if self._has_looked else {}

    def _start(self) -> _Started:
        with self._lock:
            self._begun = time.monotonic()
            for name, probe in self._services().items():
                before = self._running.get(name)
                if before is None or before.done():
                    self._running[name] = self._threads.submit(probe)
            return dict(self._running)

    def _judge(self, started: _Started) -> Sequence[Failing]:
        silent = ProblemCode.STORAGE_UNAVAILABLE
        states = {name: probe.result() if probe.done() else silent for name, probe in started.items()}
        now = datetime.now(UTC)  # of this machine: the clock of the service may be in a database that is away
        self.latest, self._has_looked = failing(states, self.latest, now), True
        return self.latest


def worst(failures: Iterable[Failing]) -> tuple[ProblemCode, str]:
    """Return the code and sentence of a process that is not ready for these reasons, at least one."""
    full = [one.part for one in failures if one.code is ProblemCode.STORAGE_FULL]
    silent = [one.part for one in failures if one.part not in full]
    if silent:
        code = ProblemCode.DATABASE_UNAVAILABLE if "database" in silent else ProblemCode.STORAGE_UNAVAILABLE
        return code, f"Not ready: {', '.join(silent)} cannot be reached."
    return ProblemCode.STORAGE_FULL, f"Not ready: the disk of {', '.join(full)} is full."


def failure_fields(failures: Iterable[Failing]) -> list[dict[str, str]]:
    """Return the failures as an answer shows them."""
    return [
        {
            "part": one.part,
            "code": str(one.code),
            "since": one.since.isoformat(timespec="seconds").replace("+00:00", "Z"),
            "detail": one.sentence,
        }
        for one in failures
    ]
