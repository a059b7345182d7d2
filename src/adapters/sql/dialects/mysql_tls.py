"""Whether the server of a URL must prove by TLS that it is the one that was meant, before it gets a password."""

import ipaddress
from typing import Final

import sqlalchemy as sa

from adapters.sql.errors import UnusableUrl

#: What the URLs of servers begin with; the driver is the same for all.
_SERVERS: Final = frozenset({"mysql", "mariadb"})
_CA: Final = "ssl_ca"
_VERIFY: Final = "ssl_verify_identity"
_NO: Final = frozenset({"false", "0"})


def with_verified_tls(text: str, *, required: bool, authority: str) -> str:
    """Return the URL with options that require verified TLS.

    ``authority`` is the file of the authorities that are trusted; naming one requires TLS of any server. Without one
    the system's authorities are. ``required`` adds the requirement for servers on other machines, unless the URL has
    options of TLS itself. Raises ``UnusableUrl`` if two files are named.
    """
    url = sa.make_url(text)
    if url.get_backend_name() not in _SERVERS:
        return text
    if authority and _CA in url.query:
        msg = "it names ssl_ca, and so does OCR_DATABASE_CA; name the file once"
        raise UnusableUrl(msg)
    if authority:
        url = url.update_query_dict({_CA: authority})
    elif required and not _has_tls_options(url) and _is_remote(url):
        url = url.update_query_dict({_VERIFY: "true"})
    else:
        return text
    return url.render_as_string(hide_password=False)


def unverified_host(text: str) -> str | None:
    """Return the host of a server on another machine that is not verified; None if it is, or if there is none."""
    url = sa.make_url(text)
    if url.get_backend_name() not in _SERVERS or not _is_remote(url):
        return None
    is_verified = _has_tls_options(url) and str(url.query.get(_VERIFY, "true")).lower() not in _NO
    return None if is_verified else url.host


def _has_tls_options(url: sa.URL) -> bool:
    return any(name.startswith("ssl_") for name in url.query)


def _is_remote(url: sa.URL) -> bool:
    host = url.host or "localhost"
    if "unix_socket" in url.query or host.lower() == "localhost":
        return False
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return True
