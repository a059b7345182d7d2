"""One line of the log, and one observation, for each request that passes the gate."""

import logging
import time
from typing import Final

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from prometheus_client import CollectorRegistry, Histogram
from structlog.contextvars import bound_contextvars

from entrypoints.http.middleware.request_id import request_id

#: Asked every few seconds by machines, and of no interest to people as long as they are answered.
_QUIET: Final = ("/health/", "/metrics")
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

_log = logging.getLogger(__name__)


class RequestLog:
    """An ASGI application around another; every line that is logged within a request names the request."""

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
        """Pass the request on, and tell how it went."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        begun = answered = time.monotonic()
        status = 500

        async def note_status(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)
            answered = time.monotonic()

        with bound_contextvars(request_id=request_id(scope)):
            try:
                await self._app(scope, receive, note_status)
            finally:
                seconds = answered - begun  # what is done after the answer keeps no client waiting
                self._tell(scope["method"], scope["path"], scope.get("path_template", ""), status, seconds)

    def _tell(self, method: str, path: str, route: str, status: int, seconds: float) -> None:
        known = route or "unmatched"  # a path would be a label for every client's fancy
        self._times.labels(method if route else "any", known, status).observe(seconds)
        if not path.startswith(_QUIET):
            about = {"method": method, "path": path, "status": status, "ms": round(1000 * seconds, 1)}
            _log.info("request", extra=about)
