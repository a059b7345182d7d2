"""Host names: the header of a request, read strictly (RFC 9110, section 7.2; RFC 3986, section 3.2.2)."""

import ipaddress
import re
import socket
from typing import Final

_HOST: Final = re.compile(r"(\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,255})(?::([0-9]{1,5}))?", re.IGNORECASE)
_HIGHEST_PORT: Final = 65535


def host_name(host: str) -> str | None:
    """Return the name in a Host header, in lower case and without brackets and port; None for a malformed one."""
    found = _HOST.fullmatch(host)
    if found is None or int(found[2] or 0) > _HIGHEST_PORT:
        return None
    name = found[1].lower()
    if not name.startswith("["):
        return name
    try:
        return str(ipaddress.IPv6Address(name[1:-1]))
    except ValueError:
        return None


def own_names() -> frozenset[str]:
    """Return the names that this machine has for itself: its host name, and that without its domain."""
    name = socket.gethostname().lower()
    return frozenset({name, name.partition(".")[0]})
