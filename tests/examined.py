"""A world that an examination finds in order, and what it finds after something was planted."""

from collections.abc import Sequence
from dataclasses import replace

from ocrcore import Counts, Finding, FindingKind, Job
from ocrcore.application.worker.claim_item import claim_item
from worlds import World


def settled(*texts: str, world: World | None = None) -> tuple[World, Job]:
    """Return a world with one finished job, in which everything was done, some time ago."""
    world = world or World()
    job = world.submit(*(texts or ("ALPHA", "BRAVO")))
    world.process_all()
    rest(world)
    assert left(world) == []
    return world, job


def rest(world: World) -> None:
    """Let upkeep do what there is, and let it be no news any more."""
    world.service.upkeep_once()
    world.tick(minutes=3)
    world.service.upkeep_once()


def findings(world: World, *, repair: bool = False) -> Sequence[Finding]:
    return list(world.service.examine(repair=repair))


def left(world: World, *, repair: bool = False) -> list[FindingKind]:
    """Return the kinds of what is left after an examination."""
    return [finding.kind for finding in findings(world, repair=repair) if finding.is_left]


def only(world: World, kind: FindingKind) -> Finding:
    """Return the one finding, which is of this kind."""
    (finding,) = findings(world)
    assert finding.kind is kind, finding
    assert finding.is_left
    return finding


def assert_mended(world: World, *kinds: FindingKind) -> None:
    """Look, repair, and look again: each of the kinds was found, then repaired, then gone."""
    assert left(world) == list(kinds)
    repaired = findings(world, repair=True)
    assert [(finding.kind, finding.repaired) for finding in repaired] == [(kind, True) for kind in kinds]
    assert findings(world) == []


def assert_stays(world: World, kind: FindingKind) -> None:
    """Look, repair, and look again: nothing was done about it."""
    before = only(world, kind)
    assert findings(world, repair=True) == [before]
    assert only(world, kind) == before


def abandon(world: World) -> None:
    """Let a worker claim what is visible and vanish."""
    world.receive()
    while world.worker.has_waiting:
        claim_item(world.context, world.take())


def miscount(world: World, job: Job, counts: Counts, **fields: object) -> None:
    stored = world.database.jobs[job.id]
    world.database.jobs[job.id] = replace(stored, counts=counts, **fields)  # type: ignore[arg-type]
