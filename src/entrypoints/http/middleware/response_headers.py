"""The headers of every answer: security headers, and the request id."""

from typing import Final

from litestar.types import Message, Send

_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    # No other site may embed an answer, or reach the window of a page that it opened.
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
)
_NOTHING: Final = b"default-src 'none'; frame-ancestors 'none'"
#: For Swagger UI, which has an inline script and inline styles.
_DOCS: Final = b"default-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"


def security_headers(path: str, request_id: str) -> list[tuple[bytes, bytes]]:
    """Return the headers of every answer to this path."""
    policy = _DOCS if path.startswith("/schema") else _NOTHING
    return [*_HEADERS, (b"content-security-policy", policy), (b"x-request-id", request_id.encode())]


def with_headers(send: Send, path: str, request_id: str) -> Send:
    """Return a ``send`` that adds the headers which the answer to this path does not have yet."""
    added = security_headers(path, request_id)

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower() for name, _ in message["headers"]}
            kept = [header for header in added if header[0] not in present]
            message["headers"] = [*message["headers"], *kept]
        await send(message)

    return send_with_headers
