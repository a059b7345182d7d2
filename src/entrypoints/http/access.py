"""Access: who sends a request, and whether it may be answered. Without ``OCR_AUTH=keys`` everybody is the local user.

Every request is refused unless something lets it pass, in two steps. The middleware finds out who calls, before any
routing, and refuses nobody. Then the guard, which the application puts before each of its handlers, refuses a request
without a key or with one that lacks the scope, unless the handler itself is marked as public. A handler that nobody
thought about is closed, whatever its path looks like. Requests that reach no handler, because the address or the method
is unknown, are answered as if there were nothing but a locked door: 401 without a key.
"""

from typing import Any, Final, cast
from urllib.parse import unquote_to_bytes

from litestar import Request, Response
from litestar.concurrency import sync_to_thread
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import BaseRouteHandler
from litestar.types import ASGIApp, HTTPScope, Receive, Scope, Send

from entrypoints.http.problems import answer
from entrypoints.settings import Settings
from ocrcore import LOCAL_OWNER, OcrService
from ocrcore.domain.api_key import Scope as KeyScope
from ocrcore.domain.api_key import holds_key
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import OcrError, Unauthenticated, Unavailable

_CALLER: Final = "ocr_caller"
_ADMITTED: Final = "ocr_admitted"

#: Marks of handlers. Those without a mark need a key with ``read`` for GET, with ``write`` for all other methods.
PUBLIC: Final = {"public": True}
METRICS: Final = {"scope": KeyScope.ADMIN, "opened_by": "metrics"}
SCHEMA: Final = {"scope": KeyScope.ADMIN, "opened_by": "schema"}
STATS: Final = {"scope": KeyScope.ADMIN, "opened_by": "stats"}
ADMIN: Final = {"scope": KeyScope.ADMIN}

#: The caller, or why there is none.
Identity = Caller | OcrError


class Access:
    """What the operator's settings say about access: the middleware, the guard and the answers."""

    def __init__(self, service: OcrService, settings: Settings) -> None:
        self._service, self._opened = service, frozenset(settings.open)
        #: Whether a request needs a key.
        self.needs_keys = settings.auth == "keys"

    def identifying(self, app: ASGIApp) -> ASGIApp:
        """Return the application behind a middleware that finds out who calls."""

        async def identify(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == ScopeType.HTTP:
                identity = await self._identity(scope)
                cast("dict[str, Any]", scope)[_CALLER] = identity
                if isinstance(identity, OcrError) and scope["path"] == "*":  # OPTIONS * is not routed
                    await answer(Request(scope), identity).to_asgi_response(None, Request(scope))(scope, receive, send)
                    return
            await app(scope, receive, send)

        return identify

    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Raise the problem of a request that may not be answered.

        A coroutine, although it never waits, because a plain function would occupy a request thread.
        """
        opt = handler.opt
        if not (opt.get("public") or opt.get("opened_by") in self._opened):
            methods = getattr(handler, "http_methods", ())
            usual = KeyScope.READ if set(methods) == {"GET"} else KeyScope.WRITE
            caller_of(connection.scope).require(opt.get("scope", usual))
        cast("dict[str, Any]", connection.scope)[_ADMITTED] = True

    def answer(self, request: Request[Any, Any, Any], error: Exception) -> Response[dict[str, Any]]:
        """Turn an exception into a problem answer; where no guard was passed and nobody is known, into a 401."""
        scope = cast("dict[str, Any]", request.scope)
        identity = scope.get(_CALLER)
        if isinstance(identity, OcrError) and not scope.get(_ADMITTED):
            return answer(request, identity)
        return answer(request, error)

    async def _identity(self, scope: HTTPScope) -> Identity:
        if not self.needs_keys:
            return Caller(LOCAL_OWNER)
        text = _key_of(scope)
        if text is None:
            return Unauthenticated()
        try:
            return await sync_to_thread(self._service.authenticate, text)
        except (Unauthenticated, Unavailable) as error:
            return error


def caller_of(scope: Scope) -> Caller:
    """Return who sends the request. Raises ``Unauthenticated``, or ``Unavailable`` if that cannot be found out."""
    identity: Identity = cast("dict[str, Any]", scope).get(_CALLER) or Unauthenticated()
    if isinstance(identity, OcrError):
        raise identity
    return identity


def key_id_of(scope: Scope) -> str | None:
    """Return the id of the key of a request, for the log; None if there is none that is valid."""
    identity = cast("dict[str, Any]", scope).get(_CALLER)
    return identity.key_id if isinstance(identity, Caller) else None


def _key_of(scope: HTTPScope) -> str | None:
    """Return the key of the only ``Authorization`` header (RFC 6750); None for any other form of it.

    A key in an address is in the history of a browser and the logs of proxies, so no request with one is served.
    """
    for part in (scope["query_string"], scope["path"].encode(errors="surrogateescape")):
        if holds_key(unquote_to_bytes(part.replace(b"+", b" ")).decode("latin-1")):
            return None
    values = [value for name, value in scope["headers"] if name == b"authorization"]
    if len(values) != 1:
        return None
    scheme, _, text = values[0].decode("latin-1").partition(" ")
    return text.strip(" ") if scheme.lower() == "bearer" else None
