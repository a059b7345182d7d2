"""The overview: how the whole service is, for whoever runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ocrcore.domain.finding import Finding
from ocrcore.domain.fleet import BeingRead, Fleet, Totals
from ocrcore.domain.instants import minute_of

_MINUTE: Final = timedelta(minutes=1)
#: Minutes of the last hour, the one that has just begun among them.
_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class LastHour:
    """How many pages were read in each minute of the last hour."""

    #: The begin of each minute and its pages, oldest first, zeros included. The last minute is not over yet.
    minutes: Sequence[tuple[datetime, int]]

    @classmethod
    def beginning(cls, now: datetime) -> datetime:
        """Return the begin of the first of its minutes."""
        return minute_of(now) - (_MINUTES - 1) * _MINUTE

    @classmethod
    def of(cls, now: datetime, counts: Mapping[datetime, int]) -> "LastHour":
        """Return the hour that ends now. Counts of other minutes are left out: clocks of databases differ."""
        first = cls.beginning(now)
        return cls([(minute, counts.get(minute, 0)) for minute in (first + n * _MINUTE for n in range(_MINUTES))])

    @property
    def total(self) -> int:
        """Pages of the whole hour."""
        return sum(number for _, number in self.minutes)

    @property
    def most(self) -> tuple[datetime, int]:
        """The minute with most pages, the first of several, and their number."""
        return max(self.minutes, key=lambda row: row[1])


@dataclass(frozen=True, slots=True)
class Overview:
    """What the database and the queue tell of the service at ``fleet.now``."""

    fleet: Fleet
    totals: Totals
    hour: LastHour
    #: Pages that are being read, by the instant of their claim; not all of very many.
    being_read: Sequence[BeingRead]
    #: Dead letters, hidden ones included; None if the queue does not answer.
    dead_letters: int | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What the doctor's quick checks found."""

    at: datetime
    findings: Sequence[Finding]
