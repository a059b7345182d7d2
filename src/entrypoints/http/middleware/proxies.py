"""What a reverse proxy says of a request, and the address under which clients reach the service.

Any client can send ``X-Forwarded-For``, ``X-Forwarded-Proto`` and ``X-Forwarded-Host``, so they count only if the
connection comes from a trusted proxy. A proxy appends the address that it sees to ``X-Forwarded-For``; read from the
right, the first address that is no trusted proxy is the client, and what stands left of it is the client's own word.
"""

from collections.abc import Iterable, Sequence
from ipaddress import ip_network
from typing import Any, Final, cast
from urllib.parse import quote, urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from entrypoints.http.middleware.host import host_name
from entrypoints.networks import Address, is_within, parse_address

_KEY: Final = "ocr_public_base"
_FOR, _PROTO, _HOST = b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"
_SCHEMES: Final = frozenset({"http", "https"})
#: A year: for that time browsers ask for nothing of this host without TLS.
_STRICT_TRANSPORT: Final = (b"strict-transport-security", b"max-age=31536000")


class Proxies:
    """The outermost ASGI middleware: inside it a request looks as it did when the client sent it.

    The scope's ``client``, ``scheme`` and ``Host`` are those of the client's request, and its path begins below the
    base path, whether the proxy removed that or not. If a trusted proxy does not name the scheme, a request for the
    public host has the public one; what comes from elsewhere came by plain HTTP, whatever host it names. A ``Location``
    of this service leads to the public address.
    """

    def __init__(self, app: ASGIApp, *, trusted: Iterable[str], public_url: str, base_path: str) -> None:
        self._app = app
        self._trusted, self._base = [ip_network(text) for text in trusted], base_path
        self._public = urlsplit(public_url)
        self._public_url, self._public_host = public_url, host_name(self._public.netloc)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on. The scope is copied, because the server reads its own."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        seen = cast("HTTPScope", {**scope, "headers": list(scope["headers"])})
        self._believe(seen)
        self._remove_base_path(seen)
        base = self._base_url(seen)
        cast("dict[str, Any]", seen)[_KEY] = base
        prefix = base if self._public_url else self._base

        async def send_public(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_strict = seen["scheme"] == self._public.scheme == "https"
                headers = [_led(header, prefix.encode()) for header in message["headers"]]
                message["headers"] = [*headers, _STRICT_TRANSPORT] if is_strict else headers
            await send(message)

        await self._app(seen, receive, send_public)

    def _believe(self, scope: HTTPScope) -> None:
        """Take over what trusted proxies say; nobody inside reads these headers."""
        said = {name: _values(scope["headers"], name) for name in (_FOR, _PROTO, _HOST)}
        scope["headers"] = [header for header in scope["headers"] if header[0] not in said]
        peer = parse_address(scope["client"][0]) if scope["client"] else None
        if peer is not None and self._is_trusted(peer):
            client = self._client(peer, said[_FOR])
            if client != peer:
                scope["client"] = (str(client), 0)
            if said[_HOST]:
                _set_host(scope, said[_HOST][-1])
            if said[_PROTO] and said[_PROTO][-1].lower() in _SCHEMES:
                scope["scheme"] = said[_PROTO][-1].lower()
            elif self._is_public(scope):
                scope["scheme"] = self._public.scheme
        if self._is_public(scope):
            _set_host(scope, self._public.netloc)

    def _is_public(self, scope: HTTPScope) -> bool:
        return self._public_host is not None and host_name(_host(scope)) == self._public_host

    def _client(self, peer: Address, hops: Sequence[str]) -> Address:
        """Return the client: the nearest hop that is no trusted proxy, or the last one that a trusted proxy names."""
        client = peer
        for hop in reversed(hops):
            named = parse_address(hop)
            if named is None:
                break
            client = named
            if not self._is_trusted(named):
                break
        return client

    def _is_trusted(self, address: Address) -> bool:
        return is_within(address, self._trusted)

    def _remove_base_path(self, scope: HTTPScope) -> None:
        path = scope["path"]
        if self._base and (path == self._base or path.startswith(f"{self._base}/")):
            scope["path"] = path.removeprefix(self._base) or "/"
            scope["raw_path"] = quote(scope["path"]).encode("ascii")

    def _base_url(self, scope: HTTPScope) -> str:
        origin = self._public_url or f"{scope['scheme']}://{_host(scope)}"
        return origin + self._base


def public_base(scope: Scope) -> str:
    """Return the address of the service as the client may use it, with the base path and without a slash behind it."""
    return str(cast("dict[str, Any]", scope)[_KEY])


def _values(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    """Return the elements of all lists in headers of this name, in order."""
    lists = (value.decode("latin-1").split(",") for name, value in headers if name == wanted)
    return [element.strip() for elements in lists for element in elements if element.strip()]


def _host(scope: HTTPScope) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")


def _set_host(scope: HTTPScope, host: str) -> None:
    others = [header for header in scope["headers"] if header[0] != b"host"]
    scope["headers"] = [(b"host", host.encode("latin-1")), *others]


def _led(header: tuple[bytes, bytes], prefix: bytes) -> tuple[bytes, bytes]:
    """Return a header; a Location that is a path of this service gets the prefix."""
    name, value = header
    return (name, prefix + value) if name.lower() == b"location" and value.startswith(b"/") else header
