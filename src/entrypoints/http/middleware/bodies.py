"""Bodies of requests: a deadline for small ones, and the end of the connection when one is not read to its end."""

import asyncio
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from litestar.enums import ScopeType
from litestar.types import (
    ASGIApp,
    HTTPReceiveMessage,
    Message,
    Receive,
    Scope,
    Send,
    WebSocketReceiveMessage,
)

from entrypoints.http.client_gone import ClientGone
from entrypoints.http.problems import HttpProblem
from ocrcore.domain.codes import ProblemCode

#: Seconds until the body of a request must be complete. Uploads have a deadline of their own, by their size.
SECONDS: Final = 30.0
_LATE: Final = f"The body was not complete after {SECONDS:.0f} seconds; send the request again."
_LIMIT: Final = "ocr_body_limit"


@dataclass(slots=True)
class _Limit:
    """The deadline of a body, which a handler may lift; what a client says of its body does not count."""

    end: float
    is_lifted: bool = False

    def left(self) -> float | None:
        """Return the seconds until the deadline, or None for none."""
        return None if self.is_lifted else max(0.0, self.end - time.monotonic())


def lift_deadline(scope: Scope) -> None:
    """Let the body of a request take longer, for a handler that limits its time itself."""
    limit: _Limit | None = cast("dict[str, Any]", scope).get(_LIMIT)
    if limit is not None:
        limit.is_lifted = True


class Bodies:
    """ASGI middleware inside the gate.

    An answer that is sent before the body has arrived says ``Connection: close``: the server would have to read the
    rest, up to a gigabyte, before the next request. A client that goes away before the end of its body gets none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != ScopeType.HTTP or not has_body(scope["headers"]):
            await self._app(scope, receive, send)
            return
        limit, is_complete = _Limit(time.monotonic() + SECONDS), False
        cast("dict[str, Any]", scope)[_LIMIT] = limit

        async def receive_in_time() -> "HTTPReceiveMessage | WebSocketReceiveMessage":
            nonlocal is_complete
            try:
                async with asyncio.timeout(None if is_complete else limit.left()):
                    message = await receive()
            except TimeoutError as error:
                raise HttpProblem(ProblemCode.MALFORMED_REQUEST, _LATE) from error
            if message["type"] == "http.disconnect" and not is_complete:
                raise ClientGone
            if message["type"] == "http.request" and not message.get("more_body", False):
                is_complete = True
            return message

        async def send_and_close(message: Message) -> None:
            if message["type"] == "http.response.start" and not is_complete:
                message["headers"] = [*message["headers"], (b"connection", b"close")]
            await send(message)

        await self._app(scope, receive_in_time, send_and_close)


def has_body(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Return whether a request with these headers, whose names are in lower case, has a body."""
    given = dict(headers)
    return b"transfer-encoding" in given or given.get(b"content-length", b"0").strip() != b"0"
