"""Connections to a server that may be unavailable."""

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from socket import socket
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from pymysql.connections import Connection
from sqlalchemy.engine import Dialect
from sqlalchemy.pool import ConnectionPoolEntry

from adapters.sql.errors import UnusableUrl

#: Other options of a URL. The character set is always the same, so that option is ignored.
_OPTIONS: Final = frozenset({"unix_socket", "charset"})
#: Longest handshake, and longest ping, of a server that is available, in seconds.
_HANDSHAKE_TIMEOUT: Final = 2
_PING_TIMEOUT: Final = 1
_YES_OR_NO: Final = {"true": True, "1": True, "false": False, "0": False}


if TYPE_CHECKING:
    _Connected = Connection[Any]  # generic in the type stubs only
else:
    _Connected = Connection


class _Connection(_Connected):
    """Has shorter timeouts for the handshake and pings than for statements: callers get a result within 5 s."""

    _read_timeout: float | None

    def connect(self, sock: socket | None = None) -> None:
        """Perform the handshake, log in, and set up the session."""
        with self._reading_within(_HANDSHAKE_TIMEOUT):
            super().connect(sock)

    def ping(self, reconnect: None = None) -> None:  # type: ignore[override] # only the pool calls it
        """Check that the server responds."""
        with self._reading_within(_PING_TIMEOUT):
            super().ping(reconnect)

    @contextmanager
    def _reading_within(self, seconds: int) -> Iterator[None]:
        usual, self._read_timeout = self._read_timeout, seconds
        try:
            yield
        finally:
            self._read_timeout = usual


def connect(_: Dialect, __: ConnectionPoolEntry, arguments: Sequence[Any], options: Mapping[str, Any]) -> _Connection:
    """Return an open connection, as the engine's event ``do_connect`` requires."""
    return _Connection(*arguments, **options)


def require_known_options(url: sa.URL) -> sa.URL:
    """Return the URL without options that are ignored. Raises ``UnusableUrl`` for unknown options."""
    if not url.query.keys() <= _OPTIONS:
        msg = "an option in it is not known; there are those of TLS (ssl_ca and the like) and unix_socket"
        raise UnusableUrl(msg)
    return url.difference_update_query({"charset"})


def split_tls(url: sa.URL) -> tuple[sa.URL, dict[str, Any]]:
    """Return the URL without its TLS options, and the driver's argument for them.

    The driver's own parsing takes the word "false" for true, and does not require the authorities of ``ssl_ca``. Raises
    ``UnusableUrl`` for an unknown option.
    """
    asked = {name: str(value) for name, value in url.query.items() if name.startswith("ssl_")}
    bare = url.difference_update_query(asked)
    if not asked:
        return bare, {}
    authority, key, certificate = (asked.pop(f"ssl_{name}", None) for name in ("ca", "key", "cert"))
    verify_identity = _YES_OR_NO.get(asked.pop("ssl_verify_identity", "true").lower())
    if asked or verify_identity is None:
        msg = (
            "an option of TLS is not known or has no such value; there are ssl_ca, ssl_cert and ssl_key, which name a"
            " file each, and ssl_verify_identity=true or false"
        )
        raise UnusableUrl(msg)
    if key is not None and certificate is None:
        msg = "ssl_key needs ssl_cert, the certificate that it belongs to"
        raise UnusableUrl(msg)
    context = ssl.create_default_context(cafile=authority)
    context.check_hostname = verify_identity
    if certificate is not None:
        context.load_cert_chain(certificate, key)
    return bare, {"ssl": context}
