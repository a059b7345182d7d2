"""The overview for whoever runs the service, and the doctor's quick look."""

from dataclasses import replace
from datetime import timedelta

from ocrcore import OcrService
from ocrcore.application.doctor.overview import QUICK_KINDS
from ocrcore.domain.errors import QueueUnavailable
from ocrcore.domain.finding import FindingKind
from ocrcore.testing.faults import Faulty
from worlds import World


def test_the_overview_counts_what_was_read_in_the_last_hour_and_who_is_dead() -> None:
    world = World()
    world.submit("ALPHA", "BRAVO")
    world.process_all()
    world.tick(minutes=2)
    world.submit("CHARLIE")
    world.process_all()
    world.dead_letters.bury("not ours")
    seen = world.service.overview()
    assert (seen.hour.total, seen.hour.most[1], seen.dead_letters) == (3, 2, 1)
    assert sum(seen.totals.items.values()) == 3
    world.tick(hours=1, minutes=1)
    assert world.service.overview().hour.total == 0


def test_many_viewers_cost_no_more_than_one() -> None:
    world, asked = World(), list[str]()
    count = world.context.workers.read_by_minute

    def noted(since: object) -> object:
        asked.append("hour")
        return count(since)  # type: ignore[arg-type]

    world.context.workers.__dict__["read_by_minute"] = noted
    for _ in range(20):
        world.service.overview()
    assert asked == ["hour"]
    world.tick(seconds=5)
    world.service.overview()
    assert asked == ["hour", "hour"]


def test_a_queue_that_does_not_answer_leaves_the_rest_of_the_overview() -> None:
    world = World()
    faulty = Faulty(world.context.dead_letters)
    faulty.before("count", QueueUnavailable("away"))
    service = OcrService(replace(world.context, dead_letters=faulty.port))
    assert service.overview().dead_letters is None


def test_a_glance_finds_what_is_late_and_takes_no_dead_letter_into_its_hands() -> None:
    world = World()
    assert list(world.service.glance().findings) == []
    world.submit("ALPHA")
    world.dead_letters.bury("not ours")
    world.tick(hours=50)
    found = world.service.glance()
    kinds = {finding.kind for finding in found.findings}
    assert {FindingKind.OVERDUE_JOBS, FindingKind.NO_WORKER} <= kinds <= QUICK_KINDS
    assert world.dead_letters.receive(10)
    at = found.at
    world.tick(seconds=29)
    assert world.service.glance().at == at
    world.tick(seconds=1)
    assert world.service.glance().at == at + timedelta(seconds=30)
