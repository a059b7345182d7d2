"""Access: who sends a request, and whether it may be answered. Without ``OCR_AUTH=keys`` everybody is the local user.

Every request is refused unless something lets it pass, in two steps. The middleware finds out who calls, before any
routing, and refuses nobody. Then the guard, which the application puts before each of its handlers, refuses a request
without a key or with one that lacks the scope, unless the handler itself is marked as public. It also counts the
request, so what is public (health, static files, uploads to signed addresses) is not limited. A handler that nobody
thought about is closed, whatever its path looks like. Requests that reach no handler, because the address or the method
is unknown, are answered as if there were nothing but a locked door: 401 without a key. With one the middleware counts
them when their answer begins.

A browser sends a session in place of a key. A request with both is one with a key. What a session changes must come
from a page of this service, because browsers send cookies with the requests of other sites, too.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote, urlencode

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.cookies import sent_session, session_cookie
from entrypoints.http.key_threads import in_key_thread
from entrypoints.http.limit_headers import keep_allowance, telling_limit
from entrypoints.http.owner_threads import share_as
from entrypoints.http.problems import HttpProblem, answer
from entrypoints.http.same_site import SAFE_METHODS, is_key_in, is_proven_own
from entrypoints.networks import is_loopback
from entrypoints.settings import Settings
from ocrcore import LOCAL_OWNER, OcrService, ProblemCode
from ocrcore.domain.api_key import Scope as KeyScope
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import OcrError, RateLimited, Unauthenticated, Unavailable
from ocrcore.domain.limits import Allowance

_CALLER: Final = "ocr_caller"
_ADMITTED: Final = "ocr_admitted"
_GUARDED: Final = "ocr_guarded"

#: Marks of handlers. Those without a mark need a key with ``read`` for GET, with ``write`` for all other methods.
PUBLIC: Final = {"public": True}
METRICS: Final = {"scope": KeyScope.ADMIN, "opened_by": "metrics"}
SCHEMA: Final = {"scope": KeyScope.ADMIN, "opened_by": "schema"}
STATS: Final = {"scope": KeyScope.ADMIN, "opened_by": "stats"}
ADMIN: Final = {"scope": KeyScope.ADMIN}
#: Whoever may look at anything: at jobs, or at the service.
ANY_LOOK: Final = {"scopes": (KeyScope.READ, KeyScope.ADMIN)}
#: Whoever has a key or a session, whatever it may do.
HELD: Final = {"held": True}
#: Why a browser is sent to the page to sign in: its session has ended.
ENDED: Final = "ended"
_ANSWER: Final = "ocr_answer_to_session"
_UNPROVEN: Final = (
    "A session changes something only for a page of this service, and this request does not say that it comes from one;"
    " send a key as Authorization: Bearer KEY instead of the cookie."
)

#: The caller, or why there is none.
Identity = Caller | OcrError


@dataclass(slots=True)
class _SessionAnswer:
    """The answer to a request with a session; the copies of its scope share it."""

    #: The text that the browser is to hold from now on; None: the one that it has.
    text: str | None
    #: Whether the answer is for the caller alone. What everybody gets may lie in a cache that people share.
    is_private: bool = False


class Access:
    """What the operator's settings say about access: the middleware, the guard and the answers."""

    def __init__(self, service: OcrService, settings: Settings) -> None:
        self._service, self._opened = service, frozenset(settings.open)
        self._limit = service.request_limit
        #: Whether a request needs a key.
        self.needs_keys = settings.auth != "none"

    def identifying(self, app: ASGIApp) -> ASGIApp:
        """Return the application behind a middleware that finds out who calls."""

        async def identify(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP:
                identity = await self._identity(scope)
                cast("dict[str, Any]", scope)[_CALLER] = identity
                share_as(sharer_of_all(scope))
                if isinstance(identity, OcrError) and scope["path"] == "*":  # OPTIONS * is not routed
                    await answer(Request(scope), identity).to_asgi_response(None, Request(scope))(scope, receive, send)
                    return
                send = _with_session(scope, send)
                send = telling_limit(send, scope)
                if isinstance(identity, Caller):
                    send = self._counting(identity, scope, receive, send)
            await app(scope, receive, send)

        return identify

    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Raise the problem of a request that may not be answered.

        A coroutine, because a plain function would occupy a request thread. It seldom waits: for a lease of requests.
        """
        opt = handler.opt
        cast("dict[str, Any]", connection.scope).get(_GUARDED, []).append(handler)
        if not (opt.get("public") or opt.get("opened_by") in self._opened):
            caller = caller_of(connection.scope)
            await self._count(connection.scope, caller)
            if not opt.get("held"):
                methods = getattr(handler, "http_methods", ())
                usual = KeyScope.READ if set(methods) == {"GET"} else KeyScope.WRITE
                caller.require(*opt.get("scopes", (opt.get("scope", usual),)))
            _require_own_page(connection.scope, caller)
            _mark_private(connection.scope)
        cast("dict[str, Any]", connection.scope)[_ADMITTED] = True

    def answer(self, request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        """Turn an exception into a problem answer; where no guard was passed and nobody is known, into a 401."""
        scope = cast("dict[str, Any]", request.scope)
        identity = scope.get(_CALLER)
        if isinstance(identity, OcrError) and not scope.get(_ADMITTED):
            if isinstance(identity, Unauthenticated) and request.method == "GET" and wants_page(request):
                return _to_login(request)
            return answer(request, identity)
        return answer(request, error)

    def require_alive(self, scope: Scope) -> Callable[[], None] | None:
        """Return what raises ``Unauthenticated`` when the key of a request has ended; None where none can end."""
        identity = cast("dict[str, Any]", scope).get(_CALLER)
        if not isinstance(identity, Caller) or not identity.may_end:
            return None
        return self._service.by(identity).require_alive

    def _counting(self, caller: Caller, scope: HTTPScope, receive: Receive, send: Send) -> Send:
        """Return a ``send`` that counts a request which no guard has seen, and refuses it where nothing is left."""
        guarded: list[BaseRouteHandler] = []
        cast("dict[str, Any]", scope)[_GUARDED] = guarded  # the copies of the scope share it
        is_refused = False

        async def send_counted(message: Message) -> None:
            nonlocal is_refused
            if is_refused:
                return
            if message["type"] == "http.response.start" and not guarded:
                try:
                    await self._count(scope, caller)
                except RateLimited as refusal:
                    is_refused = True
                    request = Request[Any, Any, Any](scope)
                    await answer(request, refusal).to_asgi_response(None, request)(scope, receive, send)
                    return
            await send(message)

        return send_counted

    async def _count(self, scope: Scope, caller: Caller) -> None:
        """Count a request. Raises ``RateLimited``."""
        limit = self._limit.limit
        if not limit:
            return
        try:
            allowance = self._limit.spend_held(caller.owner)
            if allowance is None:
                allowance = await sync_to_thread(self._limit.spend, caller.owner)
        except RateLimited as refusal:
            keep_allowance(scope, Allowance(limit, 0, refusal.retry_after))
            raise
        keep_allowance(scope, allowance)

    async def _identity(self, scope: HTTPScope) -> Identity:
        if not self.needs_keys:
            return Caller(LOCAL_OWNER)
        if _has_key_in_address(scope):
            return Unauthenticated()
        try:
            if any(name == b"authorization" for name, _ in scope["headers"]):
                text = _key_of(scope)
                if text is None:
                    return Unauthenticated()
                address = scope["client"][0] if scope["client"] else ""
                return await in_key_thread(self._service.authenticate, text, address)
            session = sent_session(scope)
            return Unauthenticated() if session is None else await self._resumed(scope, session)
        except (Unauthenticated, Unavailable) as error:
            return error

    async def _resumed(self, scope: HTTPScope, text: str) -> Caller:
        held = await in_key_thread(self._service.resume_session, text)
        cast("dict[str, Any]", scope)[_ANSWER] = _SessionAnswer(held.text)
        return held.caller


def caller_of(scope: Scope) -> Caller:
    """Return who sends the request. Raises ``Unauthenticated``, or ``Unavailable`` if that cannot be found out."""
    identity: Identity = cast("dict[str, Any]", scope).get(_CALLER) or Unauthenticated()
    if isinstance(identity, OcrError):
        raise identity
    return identity


def sharer_of(scope: Scope) -> str | None:
    """Return who shares with others what there is for uploads and streams, as :func:`share_of` does."""
    return share_of(caller_of(scope), address_of(scope))


def sharer_of_all(scope: Scope) -> str | None:
    """Return the same for every request: whoever is not known, or has no valid key, shares by address."""
    identity = cast("dict[str, Any]", scope).get(_CALLER)
    return share_of(identity if isinstance(identity, Caller) else Caller(LOCAL_OWNER), address_of(scope))


def address_of(scope: Scope) -> str | None:
    """Return the address of the client, or None if it is not known."""
    client = scope.get("client")  # the start of a server has none
    return str(client[0]) if client else None


def share_of(caller: Caller, address: str | None = None) -> str | None:
    """Return who shares with others: an owner or, without keys, an address; None where there are no others.

    Who acts for another owner shares as itself. Whoever has this machine, or a proxy on it that nobody named, has all.
    """
    if caller.may_end:
        return caller.itself or caller.owner
    return None if address is None or is_loopback(address) else f"address {address}"


def has_session(scope: Scope) -> bool:
    """Return whether a browser's session sends the request, which a person may close."""
    identity = cast("dict[str, Any]", scope).get(_CALLER)
    return isinstance(identity, Caller) and identity.session is not None


def may(scope: Scope, needed: KeyScope) -> bool:
    """Return whether whoever sends the request has a scope."""
    identity = cast("dict[str, Any]", scope).get(_CALLER)
    return isinstance(identity, Caller) and needed in identity.scopes


def owner_of(scope: Scope) -> str:
    """Return whose documents the request is about; empty if nobody is known."""
    identity = cast("dict[str, Any]", scope).get(_CALLER)
    return identity.owner if isinstance(identity, Caller) else ""


def key_id_of(scope: Scope) -> str | None:
    """Return the id of the key of a request, for the log; None if there is none that is valid."""
    identity = cast("dict[str, Any]", scope).get(_CALLER)
    return identity.key_id if isinstance(identity, Caller) else None


def _require_own_page(scope: Scope, caller: Caller) -> None:
    """Raise ``HttpProblem`` if a session is to change something, and the request may be another site's."""
    if caller.session is not None and scope.get("method") not in SAFE_METHODS and not is_proven_own(scope):
        raise HttpProblem(ProblemCode.FORBIDDEN_ORIGIN, _UNPROVEN)


def _mark_private(scope: Scope) -> None:
    """Note that the answer is for the caller alone."""
    answer: _SessionAnswer | None = cast("dict[str, Any]", scope).get(_ANSWER)
    if answer is not None:
        answer.is_private = True


def _with_session(scope: HTTPScope, send: Send) -> Send:
    """Return a ``send`` that gives the browser its session anew, unless the answer itself has a cookie.

    Only answers for the caller alone have one: a cache would give it to others with what is public.
    """
    answer: _SessionAnswer | None = cast("dict[str, Any]", scope).get(_ANSWER)
    if answer is None or answer.text is None:
        return send
    cookie = (b"set-cookie", session_cookie(scope, answer.text).encode())

    async def send_with_session(message: Message) -> None:
        if (
            message["type"] == "http.response.start"
            and answer.is_private
            and b"set-cookie" not in {name.lower() for name, _ in message["headers"]}
        ):
            message["headers"] = [*message["headers"], cookie]
        await send(message)

    return send_with_session


def wants_page(request: Request[Any, Any, Any]) -> bool:
    """Return whether a person asks: a page is welcome, and the request is for no address of programs."""
    is_of_programs = request.scope["path"].startswith(("/api/", "/health/", "/metrics"))
    return not is_of_programs and "text/html" in request.headers.get("accept", "")


def _to_login(request: Request[Any, Any, Any]) -> Response[str]:
    """Send a browser to the page where a person signs in, and from there back to what it asked for.

    An address with a key in it is asked for no more: it would be refused, and the key be in one more address. A browser
    that still sends a session is told that it has ended.
    """
    query = request.scope["query_string"].decode("latin-1")
    wanted = quote(request.scope["path"]) + (f"?{query}" if query else "")
    told = {} if is_key_in(wanted) else {"next": wanted}
    if sent_session(request.scope) is not None:
        told["why"] = ENDED
    back = f"?{urlencode(told, safe='/', quote_via=quote)}" if told else ""
    return Response("", status_code=303, headers={"location": f"/login{back}", "vary": "Accept"})


def _has_key_in_address(scope: HTTPScope) -> bool:
    """Return whether there is a key in the address: it is in the history of a browser and the logs of proxies then."""
    parts = (scope["query_string"], scope["path"].encode(errors="surrogateescape"))
    return any(is_key_in(part.decode("latin-1")) for part in parts)


def _key_of(scope: HTTPScope) -> str | None:
    """Return the key of the only ``Authorization`` header (RFC 6750); None for any other form of it."""
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, text = values[0].decode("latin-1").partition(" ")
    return text.strip(" ") if scheme.lower() == "bearer" else None
