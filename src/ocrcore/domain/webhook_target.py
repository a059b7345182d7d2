"""Where webhooks may lead: a rule about URLs, and one about addresses.

A webhook makes this service send a request to an address that a client chose, from inside the operator's network. So
only public addresses are reached, over https. The URL is judged when the webhook is made. The addresses that its name
resolves to are judged then, and again at each attempt, when the connection is made to the very address that was judged:
a name may lead elsewhere by then.

The URL is taken strictly, because parsers disagree about odd ones: what looks like an address in another spelling
(``0x7f.1``, ``2130706433``), an address with a zone, credentials, or a name that is not ASCII is refused.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final
from urllib.parse import unquote_plus, urlsplit

from ocrcore.domain.api_key import holds_key
from ocrcore.domain.errors import ForbiddenTarget

#: Most characters of a URL.
MOST_URL: Final = 2000

_PORTS: Final = {"https": 443, "http": 80}
_LARGEST_PORT: Final = 65_535
#: Below it are the ports of other protocols, such as mail.
_LEAST_FREE_PORT: Final = 1024
_MOST_NAME: Final = 253
_LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
#: The last label of what a resolver may take for an address.
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
#: A host, or an address in brackets, and a port.
_AUTHORITY: Final = re.compile(r"(\[[^\[\]]+\]|[^\[\]:]+)(:[0-9]{1,5})?")
#: What a URL consists of (RFC 3986), except the parts that are refused anyway.
_URL: Final = re.compile(r"[A-Za-z0-9:/?\[\]!$&'()*+,;=._~%@-]+")

#: IPv4 networks that are not public, or not of one host: of IANA's registry of special-purpose addresses, and those
#: below.
_FORBIDDEN_V4: Final = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",  # carrier-grade NAT, with the metadata of Alibaba Cloud
        "127.0.0.0/8",
        "168.63.129.16/32",  # a public address in which Azure's virtual machines find their host
        "169.254.0.0/16",  # link-local, with the metadata of AWS, Google Cloud and Azure
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",
    )
)
#: The only IPv6 addresses that are given to hosts of the internet. Loopback, link-local and unique local ones,
#: multicast, IPv4-mapped ones and NAT64 are outside.
_GLOBAL_V6: Final = IPv6Network("2000::/3")
_FORBIDDEN_V6: Final = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID and the like
        "2001:db8::/32",
        "2002::/16",  # 6to4: an IPv4 address in disguise
        "3fff::/20",
    )
)


@dataclass(frozen=True, slots=True)
class Target:
    """What a URL leads to."""

    #: ``https`` or ``http``.
    scheme: str
    #: A name in lower case, or an address without brackets.
    host: str
    port: int
    #: Path and query, at least ``/``.
    path: str

    @property
    def authority(self) -> str:
        """The value of the header ``Host``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def target_of(url: str, *, allow_private: bool) -> Target:
    """Return what a URL leads to. Raises ``ForbiddenTarget``, with what is wrong with the URL.

    ``allow_private`` is the operator's leave to reach addresses that are not public, over http as well.
    """
    if len(url) > MOST_URL or not _URL.fullmatch(url):
        msg = f"The URL of a webhook consists of at most {MOST_URL} ASCII characters that a URL may have."
        raise ForbiddenTarget(msg)
    if holds_key(unquote_plus(url)):
        msg = "The URL of the webhook holds an API key, which would be kept; receivers know us by the signature."
        raise ForbiddenTarget(msg)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        msg = "The URL of the webhook cannot be read."
        raise ForbiddenTarget(msg) from error
    if parts.scheme not in _PORTS or (parts.scheme == "http" and not allow_private):
        msg = "The URL of a webhook begins with https://."
        raise ForbiddenTarget(msg)
    if "@" in parts.netloc:
        msg = "The URL of a webhook has no user name or password; receivers know us by the signature."
        raise ForbiddenTarget(msg)
    if not _AUTHORITY.fullmatch(parts.netloc):
        msg = "The URL of the webhook has no host, or one that cannot be read."
        raise ForbiddenTarget(msg)
    host = _host(parts.hostname or "", in_brackets="[" in parts.netloc)
    port = _port(_PORTS[parts.scheme] if port is None else port, parts.scheme, allow_private=allow_private)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    target = Target(parts.scheme, host, port, path)
    address = _literal(host)
    if address is not None:
        require_public(address, allow_private=allow_private)
    return target


def require_public(address: str, *, allow_private: bool) -> None:
    """Raise ``ForbiddenTarget`` if webhooks may not reach an address, given as its text."""
    if not allow_private and not is_public(address):
        raise ForbiddenTarget


def is_public(address: str) -> bool:
    """Return whether an address is one of a host of the internet; False for what is no address."""
    parsed = _literal(address)
    if parsed is None:
        return False
    found = ip_address(parsed)
    if isinstance(found, IPv4Address):
        return not any(found in network for network in _FORBIDDEN_V4)
    return found in _GLOBAL_V6 and not any(found in network for network in _FORBIDDEN_V6)


def _host(host: str, *, in_brackets: bool) -> str:
    """Return a host that is an address, or a name that cannot be taken for one."""
    if in_brackets or _literal(host) is not None:
        address = _literal(host)
        if address is None or in_brackets != (":" in address):
            msg = "The URL of the webhook has an address that cannot be read; an address with a zone is refused, too."
            raise ForbiddenTarget(msg)
        return address
    labels = host.split(".")
    if not host or len(host) > _MOST_NAME or not all(map(_LABEL.fullmatch, labels)):
        msg = "The URL of the webhook has no host name that can be resolved; write one beyond ASCII as xn--..."
        raise ForbiddenTarget(msg)
    if _NUMBER.fullmatch(labels[-1]):
        msg = "The URL of the webhook has a host that looks like an address; write it as four decimal numbers."
        raise ForbiddenTarget(msg)
    return host


def _port(port: int, scheme: str, *, allow_private: bool) -> int:
    is_usual = port == _PORTS[scheme] or _LEAST_FREE_PORT <= port <= _LARGEST_PORT
    if not is_usual and not (allow_private and port):
        msg = f"The port of a webhook is 443, or from {_LEAST_FREE_PORT} to {_LARGEST_PORT}."
        raise ForbiddenTarget(msg)
    return port


def _literal(text: str) -> str | None:
    """Return the one spelling of an address, or None if the text is none or has a zone."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return None
    return str(address)
