"""The page at which a person signs in, and signing out. There is none without ``OCR_AUTH=keys``.

It is the only page that is shown to everybody, so it has no script, and nothing of the service.
"""

from typing import Any, Final
from urllib.parse import parse_qs, urlencode, urlsplit

from litestar import Request, Response, get, post

from entrypoints.http.access import ENDED, HELD, PUBLIC
from entrypoints.http.cookies import cookie_name, session_cookie
from entrypoints.http.dependencies import AppSettings, Service
from entrypoints.http.pages.rendering import Pages, Templates
from entrypoints.http.pages.speech import choose
from entrypoints.http.routes.sessions import close_for, open_for
from entrypoints.http.same_site import HOME, is_proven_own, own_path
from ocrcore.domain.api_key import Scope
from ocrcore.domain.errors import TooManyLogins, Unauthenticated, Unavailable
from ocrcore.domain.session import SESSION_LIFE

_MOST_BODY: Final = 4096
_SIGNED_OUT: Final = "signed-out"
#: Why somebody is here, as the address says it -> the sentence about it.
_REASONS: Final = {ENDED: "login.ended", _SIGNED_OUT: "login.signed_out"}
#: Seconds after which keys may be looked at again.
_SOON: Final = "5"
#: The page of somebody who may only look at the service.
_STATUS: Final = "/status"


@get("/login", opt=PUBLIC, sync_to_thread=False, include_in_schema=False)
def show_login(request: Request[Any, Any, Any], pages: Templates, settings: AppSettings) -> Response[str]:
    """Show the form to sign in; over plain HTTP beyond this machine, why there is none.

    ``next`` in the address is the page to go on with, ``why`` the reason to be here, and ``to`` chooses a language.
    """
    to = _asked(request, "to")
    if to:
        answer = Response("", status_code=303, headers={"location": f"/login?{_kept(request)}".rstrip("?")})
        choose(answer, to, path=settings.base_path, secure=request.scope["scheme"] == "https")
        return answer
    if cookie_name(request.scope) is None:
        return _insecure(request, pages, 200)
    return _page(request, pages, reason=_REASONS.get(_asked(request, "why"), ""))


@post("/login", opt=PUBLIC, include_in_schema=False, request_max_body_size=_MOST_BODY)
async def login(request: Request[Any, Any, Any], pages: Templates, service: Service) -> Response[str]:
    """Sign in with the form of the page, then go on to the page that ``next`` in the address names."""
    scope = request.scope
    if cookie_name(scope) is None:
        return _insecure(request, pages, 400)
    if not is_proven_own(scope):  # else another site could sign a person in as somebody else
        return _page(request, pages, alert="login.unproven", status=403)
    key = _field(await request.body(), "key")
    if not key:
        return _page(request, pages, alert="login.empty", status=400)
    try:
        held = await open_for(service, scope, key)
    except Unauthenticated:
        return _page(request, pages, alert="login.wrong", status=401)
    except TooManyLogins as error:
        return _page(request, pages, alert="login.often", status=429, retry_after=str(error.retry_after))
    except Unavailable:
        return _page(request, pages, alert="login.away", status=503, retry_after=_SOON)
    headers = {"location": _next(request), "set-cookie": session_cookie(scope, held.text or "")}
    if headers["location"] == HOME and Scope.READ not in held.caller.scopes and Scope.ADMIN in held.caller.scopes:
        headers["location"] = _STATUS
    return Response("", status_code=303, headers=headers)


@post("/logout", opt=HELD, include_in_schema=False)
async def logout(request: Request[Any, Any, Any], service: Service) -> Response[str]:
    """Close the session of the request, for pages without script."""
    headers = await close_for(service, request.scope)
    return Response("", status_code=303, headers={**headers, "location": f"/login?why={_SIGNED_OUT}"})


def _page(
    request: Request[Any, Any, Any],
    pages: Pages,
    *,
    reason: str = "",
    alert: str = "",
    status: int = 200,
    retry_after: str = "",
) -> Response[str]:
    """Return the page with its form: why somebody is here, and what was wrong with the key that was sent."""
    hours = int(SESSION_LIFE.total_seconds()) // 3600
    page = pages.answer("login.html", reason=reason, alert=alert, hours=hours, **_around(request))
    page.status_code = status
    if retry_after:
        page.headers["retry-after"] = retry_after
    return page


def _insecure(request: Request[Any, Any, Any], pages: Pages, status: int) -> Response[str]:
    """Return the page that tells why there is no form."""
    page = pages.answer("login.html", reason="", alert="login.insecure", hours=0, **_around(request))
    page.status_code = status
    return page


def _around(request: Request[Any, Any, Any]) -> dict[str, object]:
    """Return what the page needs whatever it says: whether there is a form, and what its addresses keep."""
    return {"is_secure": cookie_name(request.scope) is not None, "kept": _kept(request), "is_open": False}


def _kept(request: Request[Any, Any, Any]) -> str:
    """Return the query of the page in another language."""
    path, why = _next(request), _asked(request, "why")
    kept = {} if path == HOME else {"next": path}
    return urlencode(kept | ({"why": why} if why in _REASONS else {}))


def _asked(request: Request[Any, Any, Any], name: str) -> str:
    """Return a parameter of the address; empty if it is missing or there twice."""
    values = request.query_params.getall(name, [])
    return values[0] if len(values) == 1 else ""


def _field(body: bytes, name: str) -> str:
    """Return a field of a form; empty if it is missing or was sent twice, or if the body is no form."""
    try:
        values = parse_qs(body.decode("ascii"), max_num_fields=10).get(name, [])
    except ValueError:
        return ""
    return values[0].strip() if len(values) == 1 else ""


def _next(request: Request[Any, Any, Any]) -> str:
    path = own_path(_asked(request, "next") or HOME)
    return HOME if urlsplit(path).path == "/login" else path
