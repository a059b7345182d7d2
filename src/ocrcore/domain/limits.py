"""Limits of an owner: requests in a minute, shared by all processes of the service, open items, and stored bytes.

**Requests.** Time is cut into windows of a minute. The database counts what was taken of an owner's window. A process
takes a *lease* of some requests with one statement, and spends it in memory, so a busy client costs about twenty
statements a minute and process. The leases of a window never add up to more than the limit. What a process has taken
and does not spend is lost when the window ends, so a client whose requests are spread over many processes may be
refused a little early: by less than a lease for each further process.

If the database does not answer, a process spends a share of its own, once in a window. Only then may requests exceed
the limit: by that share for each process that lost the database.

**Quotas.** Open items and stored bytes are sums over the owner's jobs, compared where something is added.
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from ocrcore.domain.errors import QuotaExceeded

#: The window of the limit of requests.
WINDOW: Final = timedelta(minutes=1)
#: Leases in a window.
_LEASES: Final = 20
#: The part of the limit that a process spends without the database is one of so many.
_SHARES: Final = 4
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class LimitPolicy(StrEnum):
    """The name of a limit, as clients see it."""

    REQUESTS = "requests"
    OPEN_ITEMS = "open-items"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner has."""

    #: Items that are waiting or being read.
    open_items: int
    #: Bytes of the files of all jobs and drafts, finished ones too, except those that release 0.1 made.
    stored_bytes: int


@dataclass(frozen=True, slots=True)
class Quotas:
    """The most that an owner may have; 0: no limit."""

    open_items: int = 0
    stored_bytes: int = 0

    @property
    def any_set(self) -> bool:
        """Whether there is any limit."""
        return bool(self.open_items or self.stored_bytes)

    def check(self, used: Usage, *, items: int, size: int) -> None:
        """Raise ``QuotaExceeded`` if the owner may not have these items and bytes beside what is used.

        What adds nothing is never refused, however much there is.
        """
        open_items, stored = used.open_items + items, used.stored_bytes + size
        if items and self.open_items and open_items > self.open_items:
            msg = (
                f"You would have {open_items} open pages, and may have {self.open_items};"
                " wait until some are finished, or send fewer."
            )
            raise QuotaExceeded(msg, policy=LimitPolicy.OPEN_ITEMS)
        if size and self.stored_bytes and stored > self.stored_bytes:
            msg = (
                f"Your jobs would have {stored} bytes of files, and may have {self.stored_bytes};"
                " delete jobs that you need no longer."
            )
            raise QuotaExceeded(msg, policy=LimitPolicy.BYTES)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of a limit of requests."""

    limit: int
    #: Requests of all processes that are left, as far as this process knows; it may be less.
    left: int
    #: Whole seconds until the window ends, at least 1.
    seconds: int


def window_of(now: datetime) -> datetime:
    """Return the begin of the window that an instant is in. Windows are the same for all processes."""
    return now - (now - _EPOCH) % WINDOW


def lease_of(limit: int) -> int:
    """Return how many requests a process takes at once of a window."""
    return max(1, limit // _LEASES)


def local_share(limit: int) -> int:
    """Return how many requests of a window a process allows without the database."""
    return max(1, limit // _SHARES)


@dataclass(frozen=True, slots=True)
class Leased:
    """What one process has of an owner's window. Every verb returns a new value."""

    limit: int
    window: datetime
    #: Requests that are taken, and not spent.
    held: int = 0
    #: Requests that nobody had taken, when this process took its last lease.
    untaken: int = 0
    #: Whether the window has no whole lease any more, so that requests are taken one by one.
    is_ending: bool = False
    #: Whether nothing more can be taken.
    is_used_up: bool = False
    #: Whether the database did not answer, and the held requests are a share of the process.
    is_local: bool = False

    @classmethod
    def nothing(cls, limit: int, now: datetime) -> "Leased":
        """Return what a process has at the begin of a window."""
        return cls(limit, window_of(now), untaken=limit)

    def at(self, now: datetime) -> "Leased":
        """Return what is left at an instant: nothing of a window that has ended, whatever was held."""
        return self if window_of(now) <= self.window else self.nothing(self.limit, now)

    def spent(self) -> "Leased":
        """Return what is left after one request, which must be held."""
        return replace(self, held=self.held - 1)

    @property
    def wanted(self) -> int:
        """How many requests to take next."""
        return 1 if self.is_ending else lease_of(self.limit)

    def taken(self, untaken: int) -> "Leased":
        """Return it after the database granted what was wanted, and left this many for all."""
        return replace(self, held=self.held + self.wanted, untaken=untaken)

    def refused(self) -> "Leased":
        """Return it after the database had less than what was wanted."""
        if self.wanted > 1:
            return replace(self, is_ending=True)
        return replace(self, is_used_up=True, untaken=0)

    def unanswered(self) -> "Leased":
        """Return it after the database did not answer: with the process's share, unless that is spent."""
        if self.is_local:
            return replace(self, is_used_up=True, untaken=0)
        return replace(self, held=self.held + local_share(self.limit), untaken=0, is_local=True)

    def allowance(self, now: datetime) -> Allowance:
        """Return what clients are told."""
        seconds = math.ceil((self.window + WINDOW - now).total_seconds())
        return Allowance(self.limit, self.held + self.untaken, max(1, seconds))
