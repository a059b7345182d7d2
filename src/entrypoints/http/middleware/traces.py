"""A span around each request, where spans are recorded."""

from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from entrypoints.http.middleware.request_id import carried_by_client, request_id, set_cause
from ocrcore.ports.tracer import Tracer

#: Paths that machines request every few seconds.
_QUIET: Final = ("/health/", "/metrics")


class Traces:
    """ASGI middleware that records requests, as children of the client's span if it named one."""

    def __init__(self, app: ASGIApp, tracer: Tracer) -> None:
        self._app, self._tracer = app, tracer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on within a span."""
        if scope["type"] != ScopeType.HTTP or scope["path"].startswith(_QUIET):
            await self._app(scope, receive, send)
            return
        own = request_id(scope)
        with self._tracer.span("request", carried_by_client(scope["headers"], own)) as span:

            async def note_status(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.note(status=message["status"])
                await send(message)

            set_cause(scope, self._tracer.carried(own))
            try:
                await self._app(scope, receive, note_status)
            finally:
                # The address itself is no name: it has as many values as there are jobs.
                route = scope.get("path_template") or "unmatched"
                span.note(f"{scope['method']} {route}", method=scope["method"], route=route)
