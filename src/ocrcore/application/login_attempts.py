"""Attempts to open a session: how many of each address in the current minute, and how many of them failed.

Keys that are refused elsewhere are counted, too, and not limited: nobody guesses one, a client that goes on with an old
one is told so each time, and others may have the same address.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from threading import Lock
from typing import Final

from ocrcore.domain.errors import TooManyLogins
from ocrcore.domain.instants import minute_of

#: Most attempts of one address in a minute at one process, right and wrong ones.
MOST_ATTEMPTS: Final = 10
#: Most addresses that are told apart in a minute. Those beyond are counted by a wide network of theirs, of which there
#: are as many, and those beyond together. Who has a network full of addresses shuts out only those who are near.
MOST_ADDRESSES: Final = 1000
#: Most addresses, and networks beyond them, whose failures are told apart: each is an entry of the audit log, for which
#: nobody needs a key.
MOST_TOLD: Final = 100
#: The address of those beyond.
OTHERS: Final = "others"
_MINUTE: Final = timedelta(minutes=1)
#: A network of this size is one client: it may choose any address in it.
_CLIENT_BITS: Final = 64
#: The size of a wide network, of IPv4 and IPv6: as much as a provider has.
_WIDE: Final[Mapping[int, int]] = {4: 16, 6: 32}


@dataclass(frozen=True, slots=True)
class FailedLogins:
    """The attempts of one address in one minute that opened no session, or its requests with keys that are none."""

    minute: datetime
    address: str
    #: Whether it sent the keys with requests.
    of_requests: bool
    count: int


class LoginAttempts:
    """The counts of this process, in memory. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._minute: datetime | None = None
        self._attempts: dict[str, int] = {}
        self._failed: dict[tuple[datetime, str, bool], int] = {}

    def begin(self, address: str, now: datetime) -> str:
        """Count an attempt; return the name under which its address is counted.

        Raises ``TooManyLogins`` for an attempt beyond the limit, and counts it as failed.
        """
        minute = minute_of(now)
        with self._lock:
            if minute != self._minute:
                self._minute, self._attempts = minute, {}
            name = _told_apart(client_of(address), self._attempts, MOST_ADDRESSES)
            self._attempts[name] = self._attempts.get(name, 0) + 1
            if self._attempts[name] <= MOST_ATTEMPTS:
                return name
            self._count_failure(minute, name)
        raise TooManyLogins(retry_after=int((minute + _MINUTE - now) / timedelta(seconds=1)) + 1)

    def fail(self, name: str, now: datetime) -> None:
        """Count the attempt of an address, by its name, as failed."""
        with self._lock:
            self._count_failure(minute_of(now), name)

    def refuse_key(self, address: str, now: datetime) -> None:
        """Count a request with a key that opens nothing."""
        with self._lock:
            self._count_failure(minute_of(now), client_of(address), of_requests=True)

    def take_failed(self, now: datetime) -> Sequence[FailedLogins]:
        """Remove and return the failures of all minutes that are over."""
        with self._lock:
            over = [place for place in self._failed if place[0] + _MINUTE <= now]
            return [FailedLogins(*place, self._failed.pop(place)) for place in sorted(over)]

    def put_back(self, failures: Sequence[FailedLogins]) -> None:
        """Put back failures that could not be written."""
        with self._lock:
            for failed in failures:
                place = (failed.minute, failed.address, failed.of_requests)
                if place in self._failed or len(self._failed) < MOST_ADDRESSES:
                    self._failed[place] = self._failed.get(place, 0) + failed.count

    def _count_failure(self, minute: datetime, name: str, *, of_requests: bool = False) -> None:
        told = [known for at, known, kind in self._failed if (at, kind) == (minute, of_requests)]
        place = (minute, _told_apart(name, told, MOST_TOLD), of_requests)
        self._failed[place] = self._failed.get(place, 0) + 1


def _told_apart(name: str, known: Collection[str], most: int) -> str:
    """Return the name under which a client is counted where so many are: its own, its network's, or that of others."""
    if name in known or len(known) < most:
        return name
    wide = _network_of(name)
    return wide if wide in known or len(known) < 2 * most else OTHERS


def _network_of(name: str) -> str:
    """Return the wide network of a client."""
    if name == OTHERS:
        return OTHERS
    network = ip_network(name)
    bits = min(network.prefixlen, _WIDE[network.version])
    return str(network.supernet(new_prefix=bits))


def client_of(address: str) -> str:
    """Return the name under which an address is counted: itself, or the network of an IPv6 client."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return OTHERS
    mapped = getattr(parsed, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    return str(parsed) if parsed.version == 4 else str(ip_network((int(parsed), _CLIENT_BITS), strict=False))  # noqa: PLR2004
