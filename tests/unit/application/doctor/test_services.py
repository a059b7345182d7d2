"""Services, queue, dead letters, workers and clock; and the list of what can be found."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from adapters.memory.clock import MemoryClock
from adapters.memory.queue import MemoryQueue
from examined import assert_stays, findings, left, miscount, only, settled
from ocrcore import Counts, Cure, Finding, FindingKind
from ocrcore.application.doctor.examine import examine
from ocrcore.domain.errors import (
    AuditUnavailable,
    DatabaseUnavailable,
    QueueUnavailable,
    StorageFull,
    StorageUnavailable,
)
from ocrcore.domain.finding import MEANINGS
from ocrcore.domain.task import Task
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.builders import an_id
from worlds import START, World


def bury(world: World, job_id: UUID, item_id: UUID) -> None:
    world.dead_letters.bury(Task(job_id, item_id, "bucket", "jobs/key", START).to_json())


@pytest.mark.parametrize("kind", FindingKind)
def test_every_kind_has_a_meaning_in_whole_sentences(kind: FindingKind) -> None:
    meaning = MEANINGS[kind]
    assert meaning.sentence[0].isupper()
    assert meaning.sentence.endswith(".")
    assert Finding(kind, "").is_left == (meaning.cure is not Cure.NONE)
    assert not Finding(kind, "", repaired=True).is_left


def test_every_kind_is_in_the_operators_table() -> None:
    table = (Path(__file__).parents[4] / "docs/operating.md").read_text()
    assert [kind for kind in FindingKind if f"`{kind}`" not in table] == []


_AWAY: list[tuple[str, Callable[[World], object]]] = [
    ("documents", lambda world: world.documents.before("check", StorageUnavailable("away"))),
    ("queue", lambda world: world.queue.before("check", QueueUnavailable("away"))),
    ("audit", lambda world: world.audit.before("check", AuditUnavailable("away"))),
    ("database", lambda world: world.jobs.before("check", DatabaseUnavailable("away"))),
]


@pytest.mark.parametrize(("name", "take_away"), _AWAY)
def test_a_service_that_does_not_answer_is_found(name: str, take_away: Callable[[World], object]) -> None:
    world, _ = settled()
    take_away(world)
    finding = only(world, FindingKind.SERVICE_AWAY)
    assert finding.seen.startswith(f"{name}: ")


_LOST_MEANWHILE: list[tuple[str, Callable[[World], object]]] = [
    ("documents", lambda world: world.documents.before("keys", StorageUnavailable("lost"))),
    ("audit", lambda world: world.audit.before("timeline", AuditUnavailable("lost"))),
]


@pytest.mark.parametrize(("name", "lose"), _LOST_MEANWHILE)
def test_a_service_that_is_lost_meanwhile_is_found(name: str, lose: Callable[[World], object]) -> None:
    world, _ = settled()
    lose(world)
    assert only(world, FindingKind.SERVICE_AWAY).seen == f"{name}: lost"


def test_dead_letters_that_are_lost_meanwhile_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    world, _ = settled()

    def lost() -> int:
        msg = "lost"
        raise QueueUnavailable(msg)

    monkeypatch.setattr(world.dead_letters, "count", lost)
    assert only(world, FindingKind.SERVICE_AWAY).seen == "dead letters: lost"


def test_a_full_disk_is_named() -> None:
    world, _ = settled()
    world.documents.before("check", StorageFull("full"))
    assert only(world, FindingKind.SERVICE_AWAY).seen == "documents: its disk is full"


def test_without_documents_they_are_not_asked_for() -> None:
    world, _ = settled()
    world.documents.before("check", StorageUnavailable("away"))
    world.documents.before("keys", StorageUnavailable("away"))
    only(world, FindingKind.SERVICE_AWAY)


def test_nothing_is_repaired_unless_it_is_asked_for() -> None:
    world, job = settled()
    miscount(world, job, Counts(total=2, pending=1, done=1), finished_at=None)
    assert [finding.repaired for finding in world.service.examine()] == [False]
    assert [finding.repaired for finding in examine(world.context)] == [False]


def test_without_a_database_nothing_else_is_asked() -> None:
    world, job = settled()
    world.context.documents.delete([world.items(job)[0].s3_key])
    world.jobs.before("check", DatabaseUnavailable("away"))
    assert left(world) == [FindingKind.SERVICE_AWAY]


def test_without_an_audit_log_the_items_are_still_looked_at() -> None:
    world, _ = settled()
    world.database.audit.clear()
    world.audit.before("check", AuditUnavailable("away"))
    only(world, FindingKind.SERVICE_AWAY)
    assert FindingKind.MISSING_AUDIT in left(world)


def test_messages_that_come_back_before_a_lease_ends_are_found() -> None:
    world, _ = settled()
    world.queue._adapter = MemoryQueue(world.clock, timedelta(seconds=59))
    assert_stays(world, FindingKind.SHORT_VISIBILITY)


def test_a_dead_letter_of_an_unknown_item_is_found_and_stays() -> None:
    world, job = settled()
    bury(world, an_id(404), an_id(405))
    bury(world, job.id, an_id(406))
    found = findings(world)
    assert [(finding.kind, finding.job_id, finding.item_id) for finding in found] == [
        (FindingKind.UNKNOWN_DEAD_LETTER, an_id(404), an_id(405)),
        (FindingKind.UNKNOWN_DEAD_LETTER, job.id, an_id(406)),
    ]
    world.tick(minutes=1)
    assert findings(world, repair=True) == found
    assert world.dead_letters.count() == 2


def test_dead_letters_that_upkeep_understands_are_left_to_it() -> None:
    world, job = settled()
    bury(world, job.id, world.items(job)[0].id)
    world.dead_letters.bury("not ours")
    assert findings(world) == []
    assert world.dead_letters.count() == 2


def test_more_dead_letters_than_one_receive_brings_are_looked_at() -> None:
    world, _ = settled()
    for number in range(25):
        bury(world, an_id(404), an_id(number))
    assert left(world) == [FindingKind.UNKNOWN_DEAD_LETTER] * 25


def test_dead_letters_that_another_holds_are_said_to_be_there() -> None:
    world, _ = settled()
    bury(world, an_id(404), an_id(405))
    world.dead_letters.receive(1)
    only(world, FindingKind.HIDDEN_DEAD_LETTERS)
    world.tick(minutes=1)
    only(world, FindingKind.UNKNOWN_DEAD_LETTER)


def test_rejected_messages_are_told_and_are_no_disagreement() -> None:
    world, _ = settled()
    world.context.queue.send([Outgoing("not ours", ""), Outgoing("{}", "")])
    world.receive()
    (finding,) = findings(world)
    assert (finding.kind, finding.number, finding.is_left) == (FindingKind.REJECTED_MESSAGES, 2, False)
    assert "not ours" in finding.seen


def test_pages_that_wait_while_no_worker_lives_are_found_after_a_minute() -> None:
    world = World()
    world.submit("ALPHA", "BRAVO")
    world.service.upkeep_once()
    world.tick(seconds=60, microseconds=-1)
    assert left(world) == []
    world.tick(microseconds=1)
    assert only(world, FindingKind.NO_WORKER).number == 2
    assert_stays(world, FindingKind.NO_WORKER)
    world.service.report(worker_id=an_id(1), kind="worker", host="h", slots=1, seconds_per_page=None)
    assert left(world) == []


@pytest.mark.parametrize(("seconds", "word"), [(5.1, "ahead of"), (-5.1, "behind")])
def test_a_clock_that_is_wrong_by_more_than_5_seconds_is_found(seconds: float, word: str) -> None:
    world, _ = settled()
    machine = MemoryClock(world.clock.now() + timedelta(seconds=seconds))
    (finding,) = world.service.examine(machine=machine)
    assert finding.kind is FindingKind.WRONG_CLOCK
    assert word in finding.seen


@pytest.mark.parametrize("seconds", [5, 0, -5])
def test_a_clock_that_is_nearly_right_is_right(seconds: float) -> None:
    world, _ = settled()
    machine = MemoryClock(world.clock.now() + timedelta(seconds=seconds))
    assert list(world.service.examine(machine=machine)) == []


def test_whoever_watches_is_told_how_far_it_is() -> None:
    world, _ = settled("ALPHA", "BRAVO", "CHARLIE")
    settled(world=world)
    told: list[tuple[str, int]] = []
    assert list(world.service.examine(watch=lambda what, number: told.append((what, number)))) == []
    searched = ("pages of the search index", 5)
    items = [("items", 3), ("items", 5), ("ends of items", 3), ("ends of items", 5)]
    assert told == [("jobs", 1), ("jobs", 2), searched, *items]
