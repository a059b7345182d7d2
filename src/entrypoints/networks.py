"""Addresses and networks of the internet protocol, as settings and headers name them."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

#: An address as proxies write it: IPv6 perhaps in brackets, and perhaps with a port.
_WITH_PORT: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5}")
_FORM: Final = "addresses or networks of proxies, such as 127.0.0.1 or 10.0.0.0/8, separated by commas"


def parse_address(text: str) -> Address | None:
    """Return the address, or None if the text is none; a port is ignored.

    An IPv4 address that a socket of IPv6 reports as ``::ffff:a.b.c.d`` is the IPv4 address.
    """
    found = _WITH_PORT.fullmatch(text)
    try:
        address = ipaddress.ip_address((found[1] or found[2]) if found else text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def network_texts(text: str) -> tuple[str, ...]:
    """Return the networks of a list, each as ``address/bits``. Raises ``ValueError`` with the form of such a list.

    A network of all addresses is refused: every client could say who it is.
    """
    try:
        networks = [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise ValueError(_FORM) from error
    if any(network.prefixlen == 0 for network in networks):
        msg = f"{_FORM}, and not every address"
        raise ValueError(msg)
    return tuple(str(network) for network in networks)


def is_within(address: Address, networks: Iterable[Network]) -> bool:
    """Return whether an address is in one of the networks."""
    return any(address in network for network in networks)


def is_loopback(name: str) -> bool:
    """Return whether a host name or address is loopback, which always means the client's own machine."""
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
