"""The health routes: liveness and readiness."""

from litestar import Router, get

from entrypoints.http.access import PUBLIC
from entrypoints.http.documentation import problem_responses
from entrypoints.http.problems import HttpProblem
from entrypoints.worker.readiness import Readiness, failure_fields, worst
from ocrcore import OcrService


@get("/health/live", sync_to_thread=False, tags=["health"], opt=PUBLIC)
def live() -> dict[str, str]:
    """Answer 200 while the process runs."""
    return {"status": "ok"}


def health_router(service: OcrService) -> tuple[Router, Readiness]:
    """Return the routes and the probes behind them; the caller closes these when the application stops."""
    readiness = Readiness(service.probes)

    @get("/health/ready", tags=["health"], opt=PUBLIC, responses=problem_responses())
    async def ready() -> dict[str, str]:
        """Answer 200 if every service behind this one answers, else 503 within 5 s.

        The member `failing` names each of the others, with its code, the instant since when, and a sentence.
        """
        failures = await readiness.watch()
        if failures:
            code, sentence = worst(failures)
            raise HttpProblem(code, sentence, failing=failure_fields(failures))
        return {"status": "ok"}

    return Router("/", route_handlers=[live, ready]), readiness
