"""The overview of the service, and the doctor's quick checks, for people who look at them again and again.

All viewers of a process share a look of either kind. The quick checks are those that read a few rows by an index,
change nothing and hide no message; ``examine`` makes all of them.
"""

from collections.abc import Iterator
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.doctor.fleet import examine_fleet
from ocrcore.application.doctor.queue import examine_rejected, examine_visibility
from ocrcore.application.doctor.upkeep import LATE_KINDS, examine_upkeep
from ocrcore.application.doctor.webhooks import examine_webhooks
from ocrcore.application.fleet import read_fleet
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.overview import Glance, LastHour, Overview

#: Most pages that are named of those that are being read.
_MOST_BEING_READ: Final = 200
#: The kinds of findings of the quick checks.
QUICK_KINDS: Final = LATE_KINDS | {
    FindingKind.SHORT_VISIBILITY,
    FindingKind.REJECTED_MESSAGES,
    FindingKind.NO_WORKER,
    FindingKind.STUCK_DELIVERIES,
    FindingKind.FAILING_WEBHOOK,
}


def read_overview(context: Context) -> Overview:
    """Return how the service is, or was a few seconds ago. Raises ``DatabaseUnavailable``."""
    return context.overviews.get(context.clock.now(), lambda: _overview(context))


def glance(context: Context) -> Glance:
    """Return what the quick checks find, or found less than a minute ago. Raises ``DatabaseUnavailable``."""
    return context.glances.get(context.clock.now(), lambda: _glance(context))


def _overview(context: Context) -> Overview:
    fleet = read_fleet(context)
    counts = context.workers.read_by_minute(LastHour.beginning(fleet.now))
    reading = context.workers.being_read(_MOST_BEING_READ)
    return Overview(fleet, context.workers.totals(), LastHour.of(fleet.now, counts), reading, _dead_letters(context))


def _dead_letters(context: Context) -> int | None:
    try:
        return context.dead_letters.count()
    except QueueUnavailable:
        return None


def _glance(context: Context) -> Glance:
    return Glance(context.clock.now(), list(_quick_checks(context)))


def _quick_checks(context: Context) -> Iterator[Finding]:
    yield from examine_upkeep(context, repair=False)
    yield from examine_visibility(context)
    yield from examine_rejected(context)
    yield from examine_fleet(context)
    yield from examine_webhooks(context)
