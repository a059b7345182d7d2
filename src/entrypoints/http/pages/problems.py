"""Problems as pages, for people; programs get the API's JSON at every address."""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response

from entrypoints.http.access import wants_page
from entrypoints.http.pages.rendering import Pages
from entrypoints.settings import Settings
from ocrcore import OcrService

Answer = Callable[[Request[Any, Any, Any], Exception], Response[Any]]


def as_pages(answer: Answer, service: OcrService, settings: Settings) -> Answer:
    """Return an exception handler that shows the problem of ``answer`` as a page where a person asks."""

    def shown(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        problem = answer(request, error)
        is_described = request.scope["path"].startswith("/schema")  # it is a page of its own, and its problems are JSON
        if is_described or not wants_page(request) or not isinstance(problem.content, dict):  # a redirection has none
            return problem
        pages = Pages(request, service.now(), settings.base_path)
        page = pages.answer("error.html", problem=problem.content)
        page.status_code = problem.status_code
        page.headers.update({name: value for name, value in problem.headers.items() if name != "content-type"})
        return page

    return shown
