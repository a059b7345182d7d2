"""Problem answers: the table of codes with their statuses, and the body that all of them share (RFC 9457)."""

import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from litestar.handlers import BaseRouteHandler

from entrypoints.http.middleware.request_id import request_id
from ocrcore.domain.codes import ItemErrorCode, ProblemCode
from ocrcore.domain.errors import (
    CommitUnknown,
    EditConflict,
    LimitReached,
    OcrError,
    PageFailed,
    Refusal,
    Unavailable,
)

MEDIA_TYPE: Final = "application/problem+json"
#: Seconds in Retry-After.
RETRY_AFTER: Final = 5

#: Code -> status, and a title that never changes.
PROBLEMS: Final = MappingProxyType(
    {
        ProblemCode.UNAUTHENTICATED: (401, "A key is needed"),
        ProblemCode.MALFORMED_REQUEST: (400, "The request is malformed"),
        ProblemCode.FORBIDDEN_HOST: (421, "This host name is not served"),
        ProblemCode.FORBIDDEN_ORIGIN: (403, "Requests from other sites are refused"),
        ProblemCode.INSUFFICIENT_SCOPE: (403, "The key may not do this"),
        ProblemCode.KEY_NOT_FOUND: (404, "No such key"),
        ProblemCode.WEBHOOK_NOT_FOUND: (404, "No such webhook"),
        ProblemCode.FORBIDDEN_TARGET: (422, "A webhook may not lead there"),
        ProblemCode.JOB_NOT_FOUND: (404, "No such job"),
        ProblemCode.ITEM_NOT_FOUND: (404, "No such item"),
        ProblemCode.NOT_FOUND: (404, "No such page"),
        ProblemCode.METHOD_NOT_ALLOWED: (405, "Method not allowed"),
        ProblemCode.UNSUPPORTED_MEDIA_TYPE: (415, "The body's type is not understood"),
        ProblemCode.MALFORMED_MULTIPART: (400, "The multipart body is broken"),
        ProblemCode.NO_FILES: (400, "No files"),
        ProblemCode.UNKNOWN_FIELD: (400, "Unknown field"),
        ProblemCode.NOT_A_FILE: (400, "Not a file"),
        ProblemCode.EMPTY_FILE: (422, "Empty file"),
        ProblemCode.TOO_MANY_FILES: (413, "Too many files"),
        ProblemCode.FILE_TOO_LARGE: (413, "File too large"),
        ProblemCode.BODY_TOO_LARGE: (413, "Body too large"),
        ProblemCode.INVALID_OPTION: (422, "Invalid option"),
        ProblemCode.INVALID_PAGE: (400, "Invalid page of a list"),
        ProblemCode.IDEMPOTENCY_MISMATCH: (422, "Idempotency-Key used for another body"),
        ProblemCode.JOB_GONE: (409, "The job of this Idempotency-Key is deleted"),
        ProblemCode.JOB_OPEN: (409, "The job is not finished"),
        ProblemCode.JOB_FINISHED: (409, "The job is finished"),
        ProblemCode.NOT_FINISHED: (409, "Not finished yet"),
        ProblemCode.NO_TEXT: (409, "No text"),
        ProblemCode.NOT_PDFA: (409, "It cannot be a PDF/A"),
        ProblemCode.NOT_SUBMITTED: (409, "The job is not submitted"),
        ProblemCode.NOT_DONE: (409, "The page has no text"),
        ProblemCode.EDIT_CONFLICT: (409, "Corrected by somebody else meanwhile"),
        ProblemCode.UNSUPPORTED_IMAGE: (415, "Not a picture that can be read"),
        ProblemCode.MULTI_FRAME_IMAGE: (415, "Several pictures in one file"),
        ProblemCode.PDF_ENCRYPTED: (422, "Encrypted PDF"),
        ProblemCode.PDF_DAMAGED: (422, "Damaged PDF"),
        ProblemCode.NO_PAGES: (422, "No pages"),
        ProblemCode.TOO_MANY_PAGES: (413, "Too many pages"),
        ProblemCode.UPLOAD_MISSING: (422, "A file was not uploaded"),
        ProblemCode.UPLOAD_MISMATCH: (422, "An upload is not what was announced"),
        ProblemCode.IMAGE_TOO_LARGE: (422, "Picture too large"),
        ProblemCode.UNSUPPORTED_LANGUAGE: (422, "Language not installed"),
        ProblemCode.RATE_LIMITED: (429, "Too many requests"),
        ProblemCode.QUOTA_EXCEEDED: (429, "A quota is used up"),
        ProblemCode.BUSY: (503, "Too much at once"),
        ProblemCode.STORAGE_FULL: (503, "The storage is full"),
        ProblemCode.STORAGE_UNAVAILABLE: (503, "The storage does not answer"),
        ProblemCode.DATABASE_UNAVAILABLE: (503, "The database does not answer"),
        ProblemCode.ISSUER_UNAVAILABLE: (503, "The issuer of tokens does not answer"),
        ProblemCode.INTERNAL_ERROR: (500, "Internal error"),
    }
)

#: Status of an answer without a text, because no page has one; its code is that of a page.
_PAGE_FAILED: Final = 422
#: Code of a page that no request is refused with -> a title that never changes.
PAGE_TITLES: Final = MappingProxyType(
    {
        ItemErrorCode.IMAGE_TRUNCATED: "Picture ends too early",
        ItemErrorCode.IMAGE_CORRUPT: "Damaged picture",
        ItemErrorCode.OCR_TIMEOUT: "Recognition took too long",
        ItemErrorCode.OCR_CRASHED: "The engine crashed",
        ItemErrorCode.TOO_MANY_ATTEMPTS: "Too many attempts",
        ItemErrorCode.SOURCE_MISSING: "The uploaded file is lost",
        ItemErrorCode.TEXT_TOO_LARGE: "Too much text",
        ItemErrorCode.EXPIRED: "Past its deadline",
        ItemErrorCode.CANCELLED: "Cancelled",
    }
)

#: Query parameters of lists.
_PAGE_PARAMETERS: Final = frozenset({"limit", "cursor", "status", "created_after", "created_before"})
#: Parameter -> its valid values, for the error sentence.
_TAKES: Final = MappingProxyType(
    {
        "limit": "a number from 1 to 200",
        "width": "a number from 1 to 4000",
        "cursor": "the next_cursor of the page before",
        "status": "PENDING, PROCESSING, DONE or ERROR, or for jobs EXPIRED",
        "created_after": "an instant such as 2026-11-23T20:00:00Z",
        "created_before": "an instant such as 2026-11-23T20:00:00Z",
    }
)
#: Codes that are answered with Retry-After, because a retry may succeed.
_TRANSIENT: Final = frozenset(
    {
        ProblemCode.NOT_FINISHED,
        ProblemCode.RATE_LIMITED,
        ProblemCode.QUOTA_EXCEEDED,
        ProblemCode.BUSY,
        ProblemCode.STORAGE_FULL,
        ProblemCode.STORAGE_UNAVAILABLE,
        ProblemCode.DATABASE_UNAVAILABLE,
        ProblemCode.ISSUER_UNAVAILABLE,
    }
)
#: Status of an error that the framework raises -> its code and sentence.
_BY_STATUS: Final = MappingProxyType(
    {
        404: (ProblemCode.NOT_FOUND, "There is nothing at this address; the API is described at /schema."),
        405: (ProblemCode.METHOD_NOT_ALLOWED, "This address does not take this method; Allow names those it takes."),
    }
)

#: The status of such a request in the logs of other servers, too; no client ever sees it.
_CLIENT_CLOSED: Final = 499
#: The forms of bodies.
NAME_FORM: Final = '{"name": "a new name"}'
CORRECTIONS_FORM: Final = '{"revision": 0, "corrections": [{"line": 0, "word": 0, "text": "a word"}]}'
_UNKNOWN: Final = (
    "It is not known whether the request was carried out; look before you repeat it, and repeat a submission with its"
    " Idempotency-Key only."
)

_log = logging.getLogger(__name__)


class HttpProblem(OcrError):
    """A request that the HTTP layer refuses.

    ``index`` is the position of the refused file, or None; ``failing`` are the services that are unavailable.
    """

    def __init__(
        self,
        code: ProblemCode,
        sentence: str,
        *,
        index: int | None = None,
        failing: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.index = index
        self.failing = failing


def problem_fields(code: ProblemCode, detail: str, instance: str) -> dict[str, Any]:
    """Return the body of a problem answer."""
    status, title = PROBLEMS[code]
    return _fields(code, title, status, detail, instance)


def _page_failed(failed: PageFailed, instance: str) -> dict[str, Any]:
    """Return the body of a problem answer with the code of a page."""
    title = PAGE_TITLES[failed.code] if failed.code in PAGE_TITLES else PROBLEMS[ProblemCode(failed.code)][1]
    return _fields(failed.code, title, _PAGE_FAILED, str(failed), instance)


def _fields(code: str, title: str, status: int, detail: str, instance: str) -> dict[str, Any]:
    return {
        "type": f"urn:ocrcore:problem:{code}",
        "code": str(code),
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{instance}",
    }


def problem_headers(code: ProblemCode) -> dict[str, str]:
    """Return the extra headers of a problem answer."""
    if code is ProblemCode.UNAUTHENTICATED:
        return {"www-authenticate": 'Bearer realm="ocrcore"'}
    return {"retry-after": str(RETRY_AFTER)} if code in _TRANSIENT else {}


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Turn any exception into a problem answer. An unexpected error reveals only the request id."""
    if isinstance(error, PageFailed):
        failed = _page_failed(error, request_id(request.scope))
        return Response(failed, status_code=_PAGE_FAILED, media_type=MEDIA_TYPE)
    code, detail = _too_large(request) if isinstance(error, RequestEntityTooLarge) else _problem(error)
    headers = problem_headers(code)
    if isinstance(error, HTTPException) and error.headers:
        headers |= error.headers
    if isinstance(error, LimitReached):
        headers["retry-after"] = str(error.retry_after)
    if code is ProblemCode.INTERNAL_ERROR:
        _log.error("unexpected error", exc_info=error)
    elif isinstance(error, Unavailable):
        _log.warning("a service is unavailable", exc_info=error)
    fields = problem_fields(code, detail, request_id(request.scope))
    if isinstance(error, Refusal | HttpProblem) and error.index is not None:
        fields["index"] = error.index
    if isinstance(error, LimitReached):
        fields["policy"] = error.policy
    if isinstance(error, HttpProblem) and error.failing:
        fields["failing"] = list(error.failing)
    if isinstance(error, EditConflict):
        fields |= {
            "revision": error.revision,
            "corrections": [{"line": line, "word": word, "text": text} for line, word, text in error.texts],
        }
    return Response(fields, status_code=fields["status"], media_type=MEDIA_TYPE, headers=headers)


async def require_json(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
    """Raise ``HttpProblem`` for a body that is not said to be JSON: other types are what browsers send unasked.

    A guard of a route; a coroutine, because a plain function would occupy a request thread.
    """
    kind = connection.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        msg = "Send the body as application/json."
        raise HttpProblem(ProblemCode.UNSUPPORTED_MEDIA_TYPE, msg)


def answer_nobody(_: Request[Any, Any, Any], __: Exception) -> Response[bytes]:
    """Return what the log tells of a request whose client is gone; nobody gets it."""
    return Response(b"", status_code=_CLIENT_CLOSED)


_Answer = Callable[[Request[Any, Any, Any], Any], Response[Any]]


def answers_to_json(form: str, optional: str = "") -> dict[int | type[Exception], _Answer]:
    """Return the handlers of errors of a route whose body is JSON of this form, of which a part may be ``optional``."""
    no_json = HttpProblem(ProblemCode.MALFORMED_REQUEST, f"The body is not JSON; it must be of the form {form}.")
    left_out = f"; {optional} may be left out" if optional else ""
    msg = f"The body must be JSON of the form {form}, with nothing else in it{left_out}."
    other = HttpProblem(ProblemCode.INVALID_OPTION, msg)
    nested = HttpProblem(ProblemCode.INVALID_OPTION, "The body is nested too deep.")

    def answer_form(request: Request[Any, Any, Any], error: HTTPException) -> Response[dict[str, Any]]:
        if error.status_code != HTTPStatus.BAD_REQUEST:
            return answer(request, error)
        return answer(request, no_json if _is_no_json(error) else other)

    return {
        RecursionError: lambda request, _: answer(request, nested),
        UnicodeDecodeError: lambda request, _: answer(request, no_json),  # the parser has an error of its own for it
        HTTPException: answer_form,
    }


def answer_few(request: Request[Any, Any, Any], error: ValidationException) -> Response[dict[str, Any]]:
    """Return the problem answer of a list whose pages are smaller than those of the others."""
    if _names(error) == ["limit"]:
        return answer(request, HttpProblem(ProblemCode.INVALID_PAGE, "limit must be a number from 1 to 50."))
    return answer(request, error)


def _is_no_json(error: BaseException | None) -> bool:
    """Return whether the parser of the body is the cause, and not the form that the body must have."""
    while error is not None:
        if isinstance(error, msgspec.DecodeError):
            return not isinstance(error, msgspec.ValidationError)
        error = error.__cause__
    return False


def _too_large(request: Request[Any, Any, Any]) -> tuple[ProblemCode, str]:
    most = request.route_handler.resolve_request_max_body_size()
    return ProblemCode.BODY_TOO_LARGE, f"The body is larger than {most} bytes; split the request."


def _problem(error: Exception) -> tuple[ProblemCode, str]:
    match error:
        case Refusal() | HttpProblem():
            return error.code, str(error)
        case CommitUnknown():
            return error.code, _UNKNOWN
        case Unavailable(code=ProblemCode.STORAGE_FULL):  # of the documents or of the database
            return error.code, "The disk of the service is full, and nothing was changed; tell the operator."
        case Unavailable():
            return error.code, "A service that is needed does not answer, and nothing was changed; try again later."
        case ValidationException():
            return _invalid(error)
        case HTTPException(status_code=status) if status in _BY_STATUS:
            return _BY_STATUS[status]
        case HTTPException(status_code=status) if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return ProblemCode.INVALID_OPTION, "The request is not of the form that /schema describes."
    return ProblemCode.INTERNAL_ERROR, "A fault of the service; tell the operator the instance of this answer."


def _names(error: ValidationException) -> list[str]:
    """Return the names of the parameters that are invalid."""
    return [str(entry["key"]) for entry in error.extra or [] if isinstance(entry, dict) and "key" in entry]


def _invalid(error: ValidationException) -> tuple[ProblemCode, str]:
    names = _names(error)
    if names and set(names) <= _PAGE_PARAMETERS:
        return ProblemCode.INVALID_PAGE, f"{names[0]} must be {_TAKES[names[0]]}."
    if names and names[0] in _TAKES:
        return ProblemCode.INVALID_OPTION, f"{names[0]} must be {_TAKES[names[0]]}."
    named = names[0] if names else "The body"
    return ProblemCode.INVALID_OPTION, f"{named} is not of the form that /schema describes."
