"""The health routes: alive, and ready."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from litestar import Router, get

from entrypoints.http.documentation import problem_responses
from entrypoints.http.problems import HttpProblem
from ocrcore import OcrService, ProblemCode

#: Seconds after which a service that has not answered is one that does not.
_PATIENCE: Final = 4.0
#: How many there are, at most: none waits for another.
_SERVICES: Final = 4


class Probes:
    """Asks every service at once, in threads of its own, and none again that has not answered yet."""

    def __init__(self, services: Callable[[], Mapping[str, Callable[[], bool]]]) -> None:
        self._services = services
        self._threads = ThreadPoolExecutor(_SERVICES, thread_name_prefix="health")
        self._asked: dict[str, asyncio.Future[bool]] = {}

    async def away(self) -> list[str]:
        """Return the names of those that do not answer."""
        asked = {name: self._ask(name, service) for name, service in self._services().items()}
        await asyncio.wait(asked.values(), timeout=_PATIENCE)
        return [name for name, answer in asked.items() if not (answer.done() and answer.result())]

    def close(self) -> None:
        """Ask nothing more."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, name: str, service: Callable[[], bool]) -> asyncio.Future[bool]:
        before = self._asked.get(name)
        if before is not None and not before.done():
            return before
        asked = self._asked[name] = asyncio.get_running_loop().run_in_executor(self._threads, service)
        return asked


@get("/health/live", sync_to_thread=False, tags=["health"])
def live() -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "ok"}


def health_router(service: OcrService) -> tuple[Router, Probes]:
    """Return the routes, and the probes behind them, which are closed when the application stops."""
    probes = Probes(service.probes)

    @get("/health/ready", tags=["health"], responses=problem_responses())
    async def ready() -> dict[str, str]:
        """Answer 200 when every service behind this one answers, else, within 5 s, 503, naming those that do not."""
        away = await probes.away()
        if away:
            code = ProblemCode.DATABASE_UNAVAILABLE if "database" in away else ProblemCode.STORAGE_UNAVAILABLE
            raise HttpProblem(code, f"Not ready: {', '.join(away)} cannot be reached.")
        return {"status": "ok"}

    return Router("/", route_handlers=[live, ready]), probes
