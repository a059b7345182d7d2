"""The health routes: liveness and readiness."""

from litestar import get

from entrypoints.http.access import PUBLIC
from entrypoints.http.dependencies import Ready
from entrypoints.http.documentation import problem_responses
from entrypoints.http.problems import HttpProblem
from entrypoints.worker.readiness import failure_fields, worst


@get("/health/live", sync_to_thread=False, tags=["health"], opt=PUBLIC)
def live() -> dict[str, str]:
    """Answer 200 while the process runs."""
    return {"status": "ok"}


@get("/health/ready", tags=["health"], opt=PUBLIC, responses=problem_responses())
async def ready(readiness: Ready) -> dict[str, str]:
    """Answer 200 if every service behind this one answers, else 503 within 5 s.

    The member `failing` names each of the others, with its code, the instant since when, and a sentence.
    """
    failures = await readiness.watch()
    if failures:
        code, sentence = worst(failures)
        raise HttpProblem(code, sentence, failing=failure_fields(failures))
    return {"status": "ok"}
