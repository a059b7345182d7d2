"""Check that webhooks are told what they wait for, and that their receivers take it."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from ocrcore.application.context import Context
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.instants import format_instant
from ocrcore.domain.webhook import DELIVERY_STUCK

#: Deliveries that failed so long ago are the business of their owner only.
_RECENT: Final = timedelta(days=2)
#: Most webhooks that are named.
_MOST: Final = 100


def examine_webhooks(context: Context) -> Iterator[Finding]:
    """Yield a finding if deliveries are due and nobody sends them, and one for each webhook whose deliveries failed."""
    now = context.clock.now()
    since = context.deliveries.figures(now).oldest_due_at
    if since is not None and since <= now - DELIVERY_STUCK:
        seen = f"deliveries of webhooks are due since {format_instant(since)}"
        yield Finding(FindingKind.STUCK_DELIVERIES, seen)
    for failing in context.deliveries.failing(now - _RECENT, _MOST):
        webhook = failing.webhook
        state = ", and it is disabled" if webhook.disabled_at is not None else ""
        seen = f"webhook {webhook.id} of {webhook.owner}: deliveries failed for good within two days{state}"
        yield Finding(FindingKind.FAILING_WEBHOOK, seen, number=failing.failed)
