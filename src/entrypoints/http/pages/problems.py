"""Problems as pages, for people; programs get the API's JSON at every address."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from entrypoints.http.access import wants_page
from entrypoints.http.pages.catalogue import PROBLEM_SENTENCES
from entrypoints.http.pages.rendering import Pages
from entrypoints.http.pages.speech import Speech
from entrypoints.http.problems import PROBLEMS
from entrypoints.http.same_site import HOME, came_from
from entrypoints.settings import Settings
from ocrcore import OcrService, ProblemCode
from ocrcore.domain.errors import Refusal

Answer = Callable[[Request[Any, Any, Any], Exception], Response[Any]]


def as_pages(answer: Answer, service: OcrService, settings: Settings) -> Answer:
    """Return an exception handler that shows the problem of ``answer`` as a page where a person asks."""

    def shown(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = answer(request, error)
        is_described = request.scope["path"].startswith("/schema")  # it is a page of its own, and its problems are JSON
        if is_described or not wants_page(request) or not isinstance(problem.content, dict):  # a redirection has none
            return problem
        pages = Pages(request, service.now(), settings.base_path)
        page = pages.answer(
            "error.html", problem=problem.content, **_told(request, pages.say, problem.content, settings.base_path)
        )
        page.status_code = problem.status_code
        page.headers.update({name: value for name, value in problem.headers.items() if name != "content-type"})
        return page

    return shown


@dataclass(frozen=True, slots=True)
class Alert:
    """What is wrong: a sentence in the reader's language, and the API's where that is another."""

    sentence: str
    original: str = ""


def alert_of(say: Speech, code: str, detail: str) -> Alert:
    """Return what a reader is told of a problem, whose own sentence is ``detail``."""
    translated = PROBLEM_SENTENCES.get(say.language, {}).get(code)
    return Alert(detail) if translated is None else Alert(translated, "" if say.language == "en" else detail)


def refused(page: Response[str], refusal: Refusal) -> Response[str]:
    """Return a page with the status of the refusal that it tells of."""
    page.status_code, _ = PROBLEMS[refusal.code]
    return page


def _told(request: Request[Any, Any, Any], say: Speech, problem: Mapping[str, Any], base_path: str) -> dict[str, str]:
    """Return what the page says of a problem, and where to sign in if that is what is missing."""
    code, detail = problem["code"], problem["detail"]
    title = say.known(f"problem.{code}", problem["title"])
    if code == ProblemCode.UNAUTHENTICATED:  # of a form: who asks for a page is sent to the page to sign in
        return {
            "title": title,
            "sentence": say("error.session"),
            "original": "",
            "sign_in": _sign_in(request, base_path),
        }
    alert = alert_of(say, code, detail)
    return {"title": title, "sentence": alert.sentence, "original": alert.original, "sign_in": ""}


def _sign_in(request: Request[Any, Any, Any], base_path: str) -> str:
    """Return the address to sign in at, which leads back to the page that the form was on."""
    back = came_from(request, base_path)
    return "/login" if back == HOME else f"/login?{urlencode({'next': back})}"
