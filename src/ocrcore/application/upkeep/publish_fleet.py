"""Publish the figures of the fleet, where somebody follows them."""

from ocrcore.application.context import Context
from ocrcore.application.fleet import read_fleet


def publish_fleet_once(context: Context) -> int:
    """Publish the workers and open pages, at most once a minute. Returns 0: there is never more to publish."""
    if context.fleet_monitor is not None and context.publications.may_publish(context.clock.now()):
        context.fleet_monitor.publish(read_fleet(context))
    return 0
