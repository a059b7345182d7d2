"""The gate: the outermost middleware, which every request passes, even one that matches no route.

It sets the request id, refuses foreign hosts and origins, bodies that nobody would read and endless queries, and adds
the security headers of every answer.

Without keys this API trusts every client that can connect to it, so no other site may reach it through a browser. A
page elsewhere can send requests to this machine under this machine's name (cross-site request), or under its own name,
which it resolves to this machine (DNS rebinding).
"""

import asyncio
import json
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.middleware.bodies import has_body
from entrypoints.http.middleware.host import host_name
from entrypoints.http.middleware.request_id import id_for, set_request_id
from entrypoints.http.middleware.response_headers import with_headers
from entrypoints.http.problems import MEDIA_TYPE, PROBLEMS, problem_fields, problem_headers
from entrypoints.http.same_site import OWN_SITES, SAFE_METHODS
from entrypoints.networks import is_loopback, parse_address
from ocrcore.domain.codes import ProblemCode

#: Paths that load balancers and monitoring ask under any name of the machine.
_PROBES: Final = frozenset({"/health/live", "/health/ready", "/metrics"})
_STOPPING: Final = (
    "The service stops, and this request was not finished in time; it may have been carried out, so look before you"
    " repeat it."
)
#: Methods whose body nobody would read, while the server keeps it.
_WITHOUT_BODY: Final = frozenset({"GET", "HEAD", "DELETE", "OPTIONS"})
#: Most bytes and parameters of a query. The framework parses all of it, and keeps the result for a while.
_LONGEST_QUERY, _MOST_PARAMETERS = 8192, 32
_LONG_QUERY: Final = f"The query has more than {_LONGEST_QUERY} bytes or {_MOST_PARAMETERS} parameters; send fewer."


class Gate:
    """ASGI middleware that checks host and origin."""

    def __init__(self, app: ASGIApp, *, allowed_hosts: tuple[str, ...], public_url: str = "") -> None:
        self._app = app
        self._public = urlsplit(public_url)
        self._allowed_hosts = frozenset(allowed_hosts) | {host_name(self._public.netloc)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with a problem."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        request_id = id_for(scope["headers"])
        set_request_id(scope, request_id)
        refusal, has_begun, send = self._refusal(scope), False, with_headers(send, scope["path"], request_id)

        async def note_beginning(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        if refusal is not None:
            await _refuse(refusal, request_id, send)
            return
        try:
            await self._app(scope, receive, note_beginning)
        except asyncio.CancelledError:  # the server stops, and the request did not finish in time
            if not has_begun:
                await _refuse((ProblemCode.BUSY, _STOPPING), request_id, send)

    def _refusal(self, scope: HTTPScope) -> tuple[ProblemCode, str] | None:
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        name = host_name(host) if host else ""
        if name is None:
            return ProblemCode.MALFORMED_REQUEST, "The Host header is malformed; it names a host, and maybe a port."
        if scope["method"] in _WITHOUT_BODY and has_body(scope["headers"]):
            return ProblemCode.MALFORMED_REQUEST, f"A {scope['method']} request has no body here; send it without one."
        query = scope["query_string"]
        if len(query) > _LONGEST_QUERY or query.count(b"&") > _MOST_PARAMETERS:
            return ProblemCode.MALFORMED_REQUEST, _LONG_QUERY
        if not self._is_served(name, scope) and scope["path"] not in _PROBES:
            return (
                ProblemCode.FORBIDDEN_HOST,
                "This service answers under its own names; the operator allows others by OCR_ALLOWED_HOSTS.",
            )
        if scope["method"] not in SAFE_METHODS and self._is_foreign(scope["headers"], host):
            return ProblemCode.FORBIDDEN_ORIGIN, "A page of another site sent this request; call the API directly."
        return None

    def _is_served(self, name: str, scope: HTTPScope) -> bool:
        return name in self._allowed_hosts or is_loopback(name) or _is_bound(name, scope)

    def _is_foreign(self, headers: Iterable[tuple[bytes, bytes]], host: str) -> bool:
        """Return whether any origin of a request is another one. Another port of this machine is another one, too.

        At the public URL the scheme counts; elsewhere it is not known, because a proxy may have ended TLS.
        """
        is_public = host.lower() == self._public.netloc
        for name, value in headers:
            scheme, _, netloc = value.decode("latin-1").lower().partition("://")
            if name == b"origin" and (netloc != host.lower() or (is_public and scheme != self._public.scheme)):
                return True
            if name == b"sec-fetch-site" and value.strip().lower() not in OWN_SITES:
                return True
        return False


def _is_bound(name: str, scope: HTTPScope) -> bool:
    """Return whether a name is the very address at which the connection arrived: no other site can have that name."""
    address = parse_address(name)
    return address is not None and scope["server"] is not None and address == parse_address(scope["server"][0])


async def _refuse(refusal: tuple[ProblemCode, str], request_id: str, send: Send) -> None:
    code, sentence = refusal
    body = json.dumps(problem_fields(code, sentence, request_id)).encode()
    headers = [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),
        *((name.encode(), value.encode()) for name, value in problem_headers(code).items()),
    ]
    await send({"type": "http.response.start", "status": PROBLEMS[code][0], "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
