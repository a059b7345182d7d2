"""The routes of sessions: a browser gets one for a key, and gives it back. There are none without ``OCR_AUTH=keys``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from litestar import Request, Response, delete, post
from litestar.concurrency import sync_to_thread
from litestar.dto import DataclassDTO, DTOConfig
from litestar.params import JSONBody
from litestar.types import HTTPScope

from entrypoints.http.access import HELD, PUBLIC, caller_of
from entrypoints.http.cookies import cookie_name, no_session_cookie, session_cookie
from entrypoints.http.dependencies import Service
from entrypoints.http.documentation import problem_responses
from entrypoints.http.problems import HttpProblem, answers_to_json, require_json
from ocrcore import OcrService, ProblemCode
from ocrcore.application.access.sessions import HeldSession
from ocrcore.domain.api_key import Scope
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import Unauthenticated
from ocrcore.domain.instants import format_instant
from ocrcore.domain.session import BrowserSession

_MOST_BODY: Final = 4096
_FORM: Final = '{"key": "ocrk_..."}'
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


@post(
    "/session",
    opt=PUBLIC,
    status_code=201,
    tags=["sessions"],
    dto=DataclassDTO[Annotated[SentKey, DTOConfig(forbid_unknown_fields=True)]],
    return_dto=None,
    request_max_body_size=_MOST_BODY,
    guards=[require_json],
    exception_handlers=answers_to_json(_FORM),
    responses=problem_responses(413, 429),
)
async def open_session(
    request: Request[Any, Any, Any], service: Service, data: JSONBody[SentKey]
) -> Response[SessionView]:
    """Open a session for a key. The answer sets the cookie that holds it; ten times a minute for each address."""
    scope = request.scope
    if cookie_name(scope) is None:
        raise HttpProblem(ProblemCode.MALFORMED_REQUEST, _INSECURE)
    held = await open_for(service, scope, data.key)
    session = held.caller.session
    if session is None or held.text is None:
        raise Unauthenticated
    cookie = {"set-cookie": session_cookie(scope, held.text)}
    return Response(SessionView.of(held.caller, session), status_code=201, headers=cookie)


@delete("/session", opt=HELD, status_code=204, tags=["sessions"], responses=problem_responses())
async def close_session(request: Request[Any, Any, Any], service: Service) -> Response[None]:
    """Close the session of the request, in all processes; one that sent a key has none, and nothing happens."""
    return Response(None, status_code=204, headers=await close_for(service, request.scope))


async def open_for(service: OcrService, scope: HTTPScope, key: str) -> HeldSession:
    """Open a session with a key for the client of a request. Raises ``Unauthenticated``, and ``TooManyLogins``."""
    address = scope["client"][0] if scope["client"] else ""
    return await sync_to_thread(service.open_session, key.strip(), address)


async def close_for(service: OcrService, scope: HTTPScope) -> dict[str, str]:
    """Close the session of a request; return the headers that make the browser forget it, and what it has seen."""
    await sync_to_thread(service.close_session, caller_of(scope))
    return {} if cookie_name(scope) is None else {"set-cookie": no_session_cookie(scope), **_FORGET}
