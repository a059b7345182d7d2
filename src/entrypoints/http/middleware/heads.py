"""HEAD is GET without its body, which the server itself leaves out."""

from typing import cast

from litestar.types import ASGIApp, Receive, Scope, Send


class HeadAsGet:
    """An ASGI application around another that knows no HEAD."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, HEAD as GET; the server looks into its own scope."""
        if scope.get("method") != "HEAD":
            await self._app(scope, receive, send)
            return
        inner = cast("Scope", {**scope, "method": "GET"})
        try:
            await self._app(inner, receive, send)
        finally:
            if "path_template" in inner:  # for the log
                scope["path_template"] = inner["path_template"]
