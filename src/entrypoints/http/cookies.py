"""The cookie that holds a session: ``__Host-ocr``, which browsers send back over HTTPS only, and to this host only.

Over plain HTTP there is no such cookie. On this machine itself, where nobody listens, it is called ``ocr``; beyond it a
session would travel in clear, so none is given and none is taken.
"""

from collections.abc import Sequence
from typing import Final

from litestar.types import HTTPScope, Scope

from entrypoints.http.middleware.host import host_name
from entrypoints.networks import is_loopback
from ocrcore.domain.session import SESSION_LIFE

_SECURE, _LOCAL = "__Host-ocr", "ocr"
_ATTRIBUTES: Final = "Path=/; HttpOnly; SameSite=Lax"


def cookie_name(scope: HTTPScope) -> str | None:
    """Return the name of the cookie for a request, or None if its answer may not set one."""
    if scope["scheme"] == "https":
        return _SECURE
    hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    name = host_name(hosts[0]) if len(hosts) == 1 else None
    return _LOCAL if name is not None and is_loopback(name) else None


def sent_session(scope: HTTPScope) -> str | None:
    """Return the text of the session that a request holds; None for none, and for several: another page set them."""
    name = cookie_name(scope)
    if name is None:
        return None
    texts = sent_cookies(scope, name)
    return texts[0] if len(texts) == 1 else None


def sent_cookies(scope: Scope, name: str) -> Sequence[str]:
    """Return the values of the cookies of this name, as they were sent.

    The standard library's parser takes quadratic time for quoted values, and anybody may send one.
    """
    given = (value.decode("latin-1") for header, value in scope["headers"] if header == b"cookie")
    pairs = (pair.strip().partition("=") for header in given for pair in header.split(";"))
    return [value for key, _, value in pairs if key == name]


def session_cookie(scope: HTTPScope, text: str) -> str:
    """Return the value of ``Set-Cookie`` that gives a browser a session."""
    return _cookie(scope, text, int(SESSION_LIFE.total_seconds()))


def no_session_cookie(scope: HTTPScope) -> str:
    """Return the value of ``Set-Cookie`` that takes it away."""
    return _cookie(scope, "", 0)


def _cookie(scope: HTTPScope, text: str, seconds: int) -> str:
    name = cookie_name(scope)
    if name is None:
        msg = "this request may not get a cookie"
        raise ValueError(msg)
    secure = "; Secure" if name == _SECURE else ""
    return f"{name}={text}; Max-Age={seconds}; {_ATTRIBUTES}{secure}"
