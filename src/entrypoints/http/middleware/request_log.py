"""A line in the log and an observation in the histogram, for each request that passes the gate."""

import asyncio
import logging
import time
from http import HTTPStatus
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Histogram
from structlog.contextvars import bound_contextvars

from entrypoints.http.access import key_id_of
from entrypoints.http.middleware.request_id import request_id

_STREAM: Final = b"text/event-stream"
#: Paths that machines request every few seconds; they are measured, but not logged.
_QUIET: Final = ("/health/", "/metrics")
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_log = logging.getLogger(__name__)


class RequestLog:
    """ASGI middleware that logs requests, and adds the request id to every log line within a request."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        self._app = app
        self._times = Histogram(
            "ocr_http_request_seconds",
            "Requests by route and status.",
            ["method", "route", "status"],
            buckets=_SECONDS,
            registry=registry,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, then log and measure it."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        begun = answered = time.monotonic()
        status, is_stream = 500, False

        async def note_status(message: Message) -> None:
            nonlocal status, answered, is_stream
            if message["type"] == "http.response.start":
                status = message["status"]
                is_stream = dict(message["headers"]).get(b"content-type", b"").startswith(_STREAM)
            await send(message)
            if not is_stream or message["type"] == "http.response.start":  # a stream lasts for as long as one listens
                answered = time.monotonic()

        with bound_contextvars(request_id=request_id(scope)):
            try:
                await self._app(scope, receive, note_status)
            except asyncio.CancelledError:  # the gate answers it
                status = HTTPStatus.SERVICE_UNAVAILABLE
                raise
            finally:
                seconds = answered - begun  # without background tasks, for which the client does not wait
                self._note(scope, status, seconds)

    def _note(self, scope: HTTPScope, status: int, seconds: float) -> None:
        method, path, route = scope["method"], scope["path"], scope.get("path_template", "")
        known = route or "unmatched"  # with the path as label, clients could create any number of series
        self._times.labels(method if route else "any", known, status).observe(seconds)
        if not path.startswith(_QUIET):
            client = scope["client"][0] if scope["client"] else ""
            about = {"method": method, "path": path, "status": status, "ms": round(1000 * seconds, 1), "client": client}
            key_id = key_id_of(scope)
            _log.info("request", extra=about | ({"key_id": key_id} if key_id else {}))
