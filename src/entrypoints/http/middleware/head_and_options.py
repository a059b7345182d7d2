"""HEAD requests, handled as GET; and OPTIONS, which name the methods of an address, or of the whole server."""

from collections.abc import Set as AbstractSet
from http import HTTPStatus
from typing import Any, Final, cast

from litestar.types import ASGIApp, Message, Receive, Scope, Send

#: A method that no route has: the framework answers it with all methods of the address.
_NO_METHOD: Final = "NONE"
_HEAD: Final = "ocr_head"


class HeadAndOptions:
    """ASGI middleware around an application that knows neither method well.

    It has no HEAD, and of several handlers of one address its OPTIONS names the methods of the last one. ``methods``
    are those of all its addresses.
    """

    def __init__(self, app: ASGIApp, methods: AbstractSet[str]) -> None:
        self._app, self._methods = app, methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. The scope is copied, because the server reads the method from its own."""
        match scope.get("method"):
            case "HEAD":
                await self._as(scope, "GET", receive, send)
            case "OPTIONS" if scope["path"] == "*":
                await _answer_for_all(send, self._methods)
            case "OPTIONS":
                await self._as(scope, _NO_METHOD, receive, _with_methods(send))
            case _:
                await self._app(scope, receive, send)

    async def _as(self, scope: Scope, method: str, receive: Receive, send: Send) -> None:
        inner = cast("Scope", {**scope, "method": method, _HEAD: scope.get("method") == "HEAD"})
        try:
            await self._app(inner, receive, send)
        finally:
            if "path_template" in inner:  # for the request log
                scope["path_template"] = inner["path_template"]


def is_head(scope: Scope) -> bool:
    """Return whether a request that a handler takes for GET is a HEAD: nobody reads the body of its answer."""
    return bool(cast("dict[str, Any]", scope).get(_HEAD))


async def _answer_for_all(send: Send, methods: AbstractSet[str]) -> None:
    await send({"type": "http.response.start", "status": HTTPStatus.NO_CONTENT, "headers": [_allowed(methods)]})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def _allowed(methods: AbstractSet[str]) -> tuple[bytes, bytes]:
    more = {"OPTIONS", "HEAD"} if "GET" in methods else {"OPTIONS"}
    return b"allow", ", ".join(sorted(methods | more)).encode("ascii")


def _with_methods(send: Send) -> Send:
    """Return a ``send`` that turns the refusal of a method into the list of methods."""
    is_list = False

    async def send_methods(message: Message) -> None:
        nonlocal is_list
        if message["type"] == "http.response.start" and message["status"] == HTTPStatus.METHOD_NOT_ALLOWED:
            is_list = True
            headers = dict(message["headers"])
            methods = headers.get(b"allow", b"").decode("ascii").split(",")
            message["status"] = HTTPStatus.NO_CONTENT
            message["headers"] = [_allowed({method.strip() for method in methods})]
        elif is_list and message["type"] == "http.response.body":
            message["body"] = b""
        await send(message)

    return send_methods
