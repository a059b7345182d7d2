"""A connection to a server that may not be there."""

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

#: What else a URL may say; the encoding is always the same.
_OPTIONS: Final = frozenset({"unix_socket", "charset"})
#: How long a server that is there takes to greet, or to say that it is, in seconds.
_GREETING: Final = 2
_SIGN_OF_LIFE: Final = 1
_YES_OR_NO: Final = {"true": True, "1": True, "false": False, "0": False}


if TYPE_CHECKING:
    _Connected = Connection[Any]  # so its types say; the class itself takes no parameter
else:
    _Connected = Connection


class _Connection(_Connected):
    """Waits less long for a server to be there than for it to do something: callers want to know within 5 s."""

    _read_timeout: float | None

    def connect(self, sock: socket | None = None) -> None:
        """Greet, sign in, and say how the session is to be."""
        with self._reading_within(_GREETING):
            super().connect(sock)

    def ping(self, reconnect: None = None) -> None:  # type: ignore[override] # the pool alone asks, to stay or go
        """Ask for a sign of life."""
        with self._reading_within(_SIGN_OF_LIFE):
            super().ping(reconnect)

    @contextmanager
    def _reading_within(self, seconds: int) -> Iterator[None]:
        usual, self._read_timeout = self._read_timeout, seconds
        try:
            yield
        finally:
            self._read_timeout = usual


def connect(_: Dialect, __: ConnectionPoolEntry, arguments: Sequence[Any], options: Mapping[str, Any]) -> _Connection:
    """Return an open connection: what an engine's event ``do_connect`` asks for."""
    return _Connection(*arguments, **options)


def require_known_options(url: sa.URL) -> sa.URL:
    """Return the URL without what is as it is anyway. Raises ``UnusableUrl`` for what no driver knows."""
    if not url.query.keys() <= _OPTIONS:
        msg = "an option in it is not known; there are those of TLS (ssl_ca and the like) and unix_socket"
        raise UnusableUrl(msg)
    return url.difference_update_query({"charset"})


def split_tls(url: sa.URL) -> tuple[sa.URL, dict[str, Any]]:
    """Return the URL without its options of TLS, and the driver's argument that they come to.

    The driver's own reading of them takes the word "false" for true, and a file of authorities for a hint.
    Raises ``UnusableUrl`` for an option that is not known.
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
