"""The health routes: alive, and ready."""

from litestar import get

from entrypoints.http.documentation import problem_responses
from entrypoints.http.jobs import Service
from entrypoints.http.problems import HttpProblem
from ocrcore import ProblemCode


@get("/health/live", sync_to_thread=False, tags=["health"])
def live() -> dict[str, str]:
    """Answer as long as the process does."""
    return {"status": "ok"}


@get("/health/ready", sync_to_thread=True, tags=["health"], responses=problem_responses())
def ready(service: Service) -> dict[str, str]:
    """Answer 200 when every service behind this one answers, else 503, naming those that do not."""
    away = [name for name, answers in service.checks().items() if not answers]
    if away:
        code = ProblemCode.DATABASE_UNAVAILABLE if "database" in away else ProblemCode.STORAGE_UNAVAILABLE
        raise HttpProblem(code, f"Not ready: {', '.join(away)} cannot be reached.")
    return {"status": "ok"}
