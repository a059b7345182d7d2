"""HEAD requests, handled as GET; the server leaves out the body."""

from typing import cast

from litestar.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware around an application without HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, HEAD as GET. The scope is copied, because the server reads the method from its own."""
        if scope.get("method") != "HEAD":
            await self._app(scope, receive, send)
            return
        inner = cast("Scope", {**scope, "method": "GET"})
        try:
            await self._app(inner, receive, send)
        finally:
            if "path_template" in inner:  # for the request log
                scope["path_template"] = inner["path_template"]
