"""The health routes: liveness and readiness."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from litestar import Router, get

from entrypoints.http.access import PUBLIC
from entrypoints.http.documentation import problem_responses
from entrypoints.http.problems import HttpProblem
from ocrcore import OcrService, ProblemCode
from ocrcore.application.probes import Probe

#: Seconds after which a service without an answer counts as unavailable.
_TIMEOUT: Final = 4.0
#: Most services; there is a thread for each, so no probe waits for another.
_SERVICES: Final = 5


class Probes:
    """Probes of all services, in threads of their own. A probe that still runs is not started again."""

    def __init__(self, services: Callable[[], Mapping[str, Probe]]) -> None:
        self._services = services
        #: What was unavailable at the last look, and why.
        self.latest: dict[str, ProblemCode] = {}
        self._threads = ThreadPoolExecutor(_SERVICES, thread_name_prefix="health")
        self._running: dict[str, asyncio.Future[ProblemCode | None]] = {}

    async def unavailable(self) -> dict[str, ProblemCode]:
        """Return the unavailable services, and why, after the timeout at the latest."""
        probes = {name: self._start(name, probe) for name, probe in self._services().items()}
        await asyncio.wait(probes.values(), timeout=_TIMEOUT)
        silent = ProblemCode.STORAGE_UNAVAILABLE
        states = {name: probe.result() if probe.done() else silent for name, probe in probes.items()}
        self.latest = {name: code for name, code in states.items() if code is not None}
        return self.latest

    def close(self) -> None:
        """Start no further probe."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _start(self, name: str, probe: Probe) -> asyncio.Future[ProblemCode | None]:
        before = self._running.get(name)
        if before is not None and not before.done():
            return before
        started = self._running[name] = asyncio.get_running_loop().run_in_executor(self._threads, probe)
        return started


@get("/health/live", sync_to_thread=False, tags=["health"], opt=PUBLIC)
def live() -> dict[str, str]:
    """Answer 200 while the process runs."""
    return {"status": "ok"}


def health_router(service: OcrService) -> tuple[Router, Probes]:
    """Return the routes and their probes; the caller closes the probes when the application stops."""
    probes = Probes(service.probes)

    @get("/health/ready", tags=["health"], opt=PUBLIC, responses=problem_responses())
    async def ready() -> dict[str, str]:
        """Answer 200 if every service behind this one answers, else 503 within 5 s, with the names of the others."""
        unavailable = await probes.unavailable()
        full = [name for name, code in unavailable.items() if code is ProblemCode.STORAGE_FULL]
        silent = [name for name in unavailable if name not in full]
        if silent:
            code = ProblemCode.DATABASE_UNAVAILABLE if "database" in silent else ProblemCode.STORAGE_UNAVAILABLE
            raise HttpProblem(code, f"Not ready: {', '.join(silent)} cannot be reached.")
        if full:
            raise HttpProblem(ProblemCode.STORAGE_FULL, f"Not ready: the disk of {', '.join(full)} is full.")
        return {"status": "ok"}

    return Router("/", route_handlers=[live, ready]), probes
