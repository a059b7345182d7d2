"""What one call to a port may return is bounded, so that it fits into memory, however much there is."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from ocrcore.domain.errors import StorageUnavailable
from ocrcore.testing.builders import an_id
from worlds import World

LISTINGS = [
    ("documents", "keys"),
    ("jobs", "list"),
    ("jobs", "items"),
    ("audit", "timeline"),
    ("audit", "forget"),
    ("audit_outbox", "waiting"),
    ("outbox", "waiting"),
    ("dead_letters", "receive"),
    ("queue", "receive"),
    ("workers", "reports"),
    ("row_scan", "jobs"),
    ("row_scan", "items"),
    *(("due_work", verb) for verb in ("overdue", "lapsed", "forgotten", "drafts", "tombstones")),
]


def limits_of(listing: Callable[..., Any], limits: list[int]) -> Callable[..., Any]:
    """Return the listing, which notes its limits from now on."""
    signature = inspect.signature(listing)

    def noted(*args: object, **options: object) -> object:
        limits.append(signature.bind(*args, **options).arguments["limit"])
        return listing(*args, **options)

    return noted


def live(world: World) -> None:
    """Let a job have a whole life, and look at all of it."""
    job = world.submit("ALPHA", "BRAVO")
    world.service.report(worker_id=an_id(1), kind="worker", host="h", slots=1, seconds_per_page=None)
    world.owned.blocked_by(job)
    world.process_all()
    world.owned.list()
    world.items(job)
    list(world.owned.result(job.id).pages)
    world.owned.timeline(job.id)
    world.dead_letters.bury("not ours")
    world.service.upkeep_once()
    world.tick(minutes=2)  # the doctor looks for ends that are no news any more
    world.context.documents.delete([world.items(job)[0].s3_key])
    list(world.service.examine())
    world.documents.before("keys", StorageUnavailable("away"))
    world.owned.delete(job.id)
    world.service.upkeep_once()


@pytest.mark.parametrize(("port", "verb"), LISTINGS)
def test_no_list_is_asked_for_without_a_bound(port: str, verb: str) -> None:
    world, limits = World(), list[int]()
    adapter = getattr(world.context, port)
    adapter.__dict__[verb] = limits_of(getattr(adapter, verb), limits)
    live(world)
    assert limits
    assert all(1 <= limit <= 5000 for limit in limits)
