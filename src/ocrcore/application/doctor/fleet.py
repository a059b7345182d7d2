"""Check that workers read the waiting pages, and that this machine's clock is right."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.doctor.upkeep import patience
from ocrcore.application.fleet import read_fleet
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.instants import format_instant
from ocrcore.ports.clock import Clock

#: The clock skew that the service tolerates.
_MOST_SKEW: Final = timedelta(seconds=5)


def examine_fleet(context: Context) -> Iterator[Finding]:
    """Yield a finding if pages have waited for a while and no worker is live."""
    fleet = read_fleet(context)
    since = fleet.volume.oldest_pending_at
    if fleet.live or since is None or since > fleet.now - patience(context):
        return
    words = "page waits" if fleet.volume.pending == 1 else "pages wait"
    seen = f"{fleet.volume.pending} {words}, the first since {format_instant(since)}, and no worker reports"
    yield Finding(FindingKind.NO_WORKER, seen, number=max(1, fleet.volume.pending))


def examine_clock(context: Context, machine: Clock) -> Iterator[Finding]:
    """Yield a finding if this machine's clock differs from the service's."""
    ahead = machine.now() - context.clock.now()
    if abs(ahead) > _MOST_SKEW:
        side = "ahead of" if ahead > timedelta() else "behind"
        seen = f"this machine's clock is {abs(ahead).total_seconds():.0f} s {side} the database's"
        yield Finding(FindingKind.WRONG_CLOCK, seen)
