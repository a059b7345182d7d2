"""Publish the figures of the fleet, where somebody follows them."""

from datetime import timedelta

from ocrcore.application.context import Context
from ocrcore.application.fleet import read_fleet, search_backlog
from ocrcore.domain.fleet import Figures


def publish_fleet_once(context: Context) -> int:
    """Publish the figures, at most once a minute. Returns 0: there is never more to publish."""
    if context.fleet_monitor is not None and context.publications.may_publish(context.clock.now()):
        fleet, backlog, age = read_fleet(context), search_backlog(context), _webhook_age(context)
        ended, failed = context.publications.take()
        if not context.fleet_monitor.publish(Figures(fleet, backlog, age, ended, failed)):
            context.publications.put_back(ended, failed)
    return 0


def _webhook_age(context: Context) -> timedelta | None:
    if not context.publications.sends_webhooks:
        return None
    now = context.clock.now()
    due = context.deliveries.figures(now).oldest_due_at
    return timedelta() if due is None else max(timedelta(), now - due)
