"""The routes of sessions: a browser gets one for a key, and gives it back. There are none without ``OCR_AUTH=keys``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import parse_qs, urlsplit

from litestar import Request, Response, delete, get, post
from litestar.concurrency import sync_to_thread
from litestar.dto import DataclassDTO, DTOConfig
from litestar.exceptions import HTTPException
from litestar.params import JSONBody
from litestar.types import HTTPScope

from entrypoints.http.access import HELD, PUBLIC, caller_of
from entrypoints.http.cookies import cookie_name, no_session_cookie, session_cookie
from entrypoints.http.dependencies import Service
from entrypoints.http.documentation import problem_responses
from entrypoints.http.login_page import insecure_page, login_page
from entrypoints.http.problems import HttpProblem, answer, require_json
from entrypoints.http.same_site import HOME, is_proven_own, own_path
from ocrcore import ProblemCode
from ocrcore.application.access.sessions import HeldSession
from ocrcore.domain.api_key import Scope
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import TooManyLogins, Unauthenticated, Unavailable
from ocrcore.domain.instants import format_instant
from ocrcore.domain.session import BrowserSession

_MOST_BODY: Final = 4096
_BODY: Final = 'The body must be JSON of the form {"key": "ocrk_..."}, with nothing else in it.'
_UNPROVEN: Final = (
    "Your browser does not say that this form comes from this page; allow it to send Origin, and try again."
)
#: What makes a browser drop the pictures that it keeps, for the next person at it.
_FORGET: Final = {"clear-site-data": '"cache"'}
_INSECURE: Final = "Sessions are opened over HTTPS, or over HTTP on the service's own machine; use one of them."


@dataclass(frozen=True, slots=True)
class SentKey:
    """The text of a key."""

    key: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session: whose it is, what it may do, and when it ends, however busy it is."""

    owner: str
    key_id: str
    scopes: Sequence[str]
    expires_at: str

    @classmethod
    def of(cls, caller: Caller, session: BrowserSession) -> "SessionView":
        """Return the view of the session of a caller."""
        ends = session.ends_at if caller.expires_at is None else min(session.ends_at, caller.expires_at)
        scopes = [str(scope) for scope in Scope if scope in caller.scopes]
        return cls(caller.owner, session.key_id, scopes, format_instant(ends))


def answer_body(request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
    """Return the problem answer to a body that is not of the form."""
    if isinstance(error, HTTPException) and error.status_code != 400:  # noqa: PLR2004 - the framework's
        return answer(request, error)
    return answer(request, HttpProblem(ProblemCode.INVALID_OPTION, _BODY))


@post(
    "/session",
    opt=PUBLIC,
    status_code=201,
    tags=["sessions"],
    dto=DataclassDTO[Annotated[SentKey, DTOConfig(forbid_unknown_fields=True)]],
    return_dto=None,
    request_max_body_size=_MOST_BODY,
    guards=[require_json],
    exception_handlers={RecursionError: answer_body, UnicodeDecodeError: answer_body, HTTPException: answer_body},
    responses=problem_responses(413, 429),
)
async def open_session(
    request: Request[Any, Any, Any], service: Service, data: JSONBody[SentKey]
) -> Response[SessionView]:
    """Open a session for a key. The answer sets the cookie that holds it; ten times a minute for each address."""
    scope = request.scope
    if cookie_name(scope) is None:
        raise HttpProblem(ProblemCode.MALFORMED_REQUEST, _INSECURE)
    held = await _open(service, scope, data.key)
    session = held.caller.session
    if session is None or held.text is None:
        raise Unauthenticated
    cookie = {"set-cookie": session_cookie(scope, held.text)}
    return Response(SessionView.of(held.caller, session), status_code=201, headers=cookie)


@delete("/session", opt=HELD, status_code=204, tags=["sessions"], responses=problem_responses())
async def close_session(request: Request[Any, Any, Any], service: Service) -> Response[None]:
    """Close the session of the request, in all processes; one that sent a key has none, and nothing happens."""
    return Response(None, status_code=204, headers=await _close(service, request.scope))


@get("/login", opt=PUBLIC, sync_to_thread=False, include_in_schema=False)
def show_login(request: Request[Any, Any, Any]) -> Response[str]:
    """Show the form to sign in; over plain HTTP beyond this machine, why there is none."""
    return insecure_page(200) if cookie_name(request.scope) is None else login_page()


@post("/login", opt=PUBLIC, include_in_schema=False, request_max_body_size=_MOST_BODY)
async def login(request: Request[Any, Any, Any], service: Service) -> Response[str]:
    """Sign in with the form of the page, then go on to the page that ``next`` in the address names."""
    scope = request.scope
    if cookie_name(scope) is None:
        return insecure_page(400)
    if not is_proven_own(scope):  # else another site could sign a person in as somebody else
        return login_page(_UNPROVEN, status=403)
    key = _field(await request.body(), "key")
    if not key:
        return login_page("Paste the key into the field.", status=400)
    try:
        held = await _open(service, scope, key)
    except Unauthenticated:
        return login_page("This key does not open the service. It may be mistyped, expired or revoked.", status=401)
    except TooManyLogins as error:
        headers = {"retry-after": str(error.retry_after)}
        return login_page("Too many tries from this address; wait a minute.", status=429, headers=headers)
    except Unavailable:
        headers = {"retry-after": "5"}
        return login_page("The service cannot look at keys just now; try again soon.", status=503, headers=headers)
    cookie = session_cookie(scope, held.text or "")
    return Response("", status_code=303, headers={"location": _next(request), "set-cookie": cookie})


@post("/logout", opt=HELD, include_in_schema=False)
async def logout(request: Request[Any, Any, Any], service: Service) -> Response[str]:
    """Close the session of the request, for pages without script."""
    headers = await _close(service, request.scope)
    return Response("", status_code=303, headers={**headers, "location": "/login"})


async def _open(service: Service, scope: HTTPScope, key: str) -> HeldSession:
    address = scope["client"][0] if scope["client"] else ""
    return await sync_to_thread(service.open_session, key.strip(), address)


async def _close(service: Service, scope: HTTPScope) -> dict[str, str]:
    """Close the session of a request; return the headers that make the browser forget it, and what it has seen."""
    await sync_to_thread(service.close_session, caller_of(scope))
    return {} if cookie_name(scope) is None else {"set-cookie": no_session_cookie(scope), **_FORGET}


def _field(body: bytes, name: str) -> str:
    """Return a field of a form; empty if it is missing or was sent twice, or if the body is no form."""
    try:
        values = parse_qs(body.decode("ascii"), max_num_fields=10).get(name, [])
    except ValueError:
        return ""
    return values[0].strip() if len(values) == 1 else ""


def _next(request: Request[Any, Any, Any]) -> str:
    values = request.query_params.getall("next", [])
    path = own_path(values[0]) if len(values) == 1 else HOME
    return HOME if urlsplit(path).path == "/login" else path
