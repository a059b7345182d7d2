"""What is noted of reads: one entry for each job, action and minute."""

from datetime import timedelta

import pytest

from ocrcore import AuditAction, AuditEntry
from ocrcore.application.read_log import CAPACITY, ReadLog
from ocrcore.domain.audit import MOST_EVENT_ID
from ocrcore.domain.instants import format_instant
from ocrcore.testing.builders import START, a_draft
from worlds import World

MINUTE = START.replace(second=0, microsecond=0)
READ, RESULT = AuditAction.JOB_READ, AuditAction.RESULT_READ


def test_a_read_is_told_with_its_minute_its_reader_and_its_instant() -> None:
    log, job = ReadLog(), a_draft(owner="ana")
    log.note(job, READ, START)
    event_id = f"{job.id}#{format_instant(MINUTE)}#job.read"
    assert log.take(10) == [AuditEntry(event_id, job.id, READ, "ana", START, {})]


@pytest.mark.parametrize(
    ("after", "entries"),
    [(timedelta(), 1), (timedelta(seconds=59, microseconds=999_999), 1), (timedelta(minutes=1), 2)],
)
def test_the_reads_of_one_minute_are_one_entry(after: timedelta, entries: int) -> None:
    log, job = ReadLog(), a_draft()
    log.note(job, READ, MINUTE)
    log.note(job, READ, MINUTE + timedelta(seconds=30, microseconds=500))
    log.note(job, READ, MINUTE + after)
    assert len(log.take(10)) == entries


def test_reads_of_other_jobs_and_of_results_are_entries_of_their_own() -> None:
    log = ReadLog()
    for job, action in ((a_draft(1), READ), (a_draft(2), READ), (a_draft(1), RESULT)):
        log.note(job, action, START)
    assert [(entry.job_id, entry.action) for entry in log.take(10)] == [
        (a_draft(1).id, READ),
        (a_draft(2).id, READ),
        (a_draft(1).id, RESULT),
    ]


def test_a_read_by_a_key_is_an_entry_of_its_own_that_names_it() -> None:
    log, job = ReadLog(), a_draft(owner="ana")
    long, longer = "idp.example.org#" + "x" * 112, "\N{SNOWMAN}" * 255
    actors = [None, "key:Aa000001", "key:Bb000002", long, longer, long[:-1]]
    for actor in (*actors, "key:Aa000001", long):
        log.note(job, RESULT, START, actor)
    told = log.take(10)
    assert [entry.actor for entry in told] == ["ana", *actors[1:]]
    ids = [entry.event_id for entry in told]
    assert ids[1].endswith("#result.read#key:Aa000001")
    assert len(set(ids)) == len(actors)
    assert max(map(len, ids)) <= MOST_EVENT_ID
    assert all(map(str.isascii, ids))


def test_a_read_that_was_written_is_not_told_again_in_its_minute() -> None:
    log = ReadLog()
    log.note(a_draft(), READ, MINUTE)
    assert len(log.take(10)) == 1
    log.note(a_draft(), READ, MINUTE + timedelta(seconds=1))
    assert not log.take(10)


def test_a_read_is_later_than_the_last_event_of_its_job() -> None:
    world = World()
    job = world.submit()
    assert job.last_event_at == START
    log = ReadLog()
    log.note(job, READ, START - timedelta(hours=1))
    log.note(job, RESULT, START + timedelta(hours=1))
    first, second = log.take(2)
    assert (first.at, second.at) == (START + timedelta(microseconds=1), START + timedelta(hours=1))


def test_the_oldest_reads_are_taken_first_and_those_put_back_stay_the_oldest() -> None:
    log = ReadLog()
    for number in range(3):
        log.note(a_draft(number), READ, START)
    taken = log.take(2)
    assert [entry.job_id for entry in taken] == [a_draft(0).id, a_draft(1).id]
    log.put_back(taken)
    assert [entry.job_id for entry in log.take(5)] == [a_draft(number).id for number in range(3)]


def test_as_many_reads_are_remembered_as_there_is_room_for() -> None:
    log = ReadLog()
    for number in range(CAPACITY + 1):
        log.note(a_draft(1), READ, START + number * timedelta(minutes=1))
    assert len(log.take(2 * CAPACITY)) == CAPACITY
    log.note(a_draft(1), READ, START)
    assert len(log.take(2 * CAPACITY)) == 1


def test_reads_of_one_owner_that_are_too_many_silence_no_other_and_are_counted() -> None:
    log = ReadLog()
    for number in range(CAPACITY + 5):
        log.note(a_draft(number, owner="ana"), READ, START)
    assert log.take_lost() == 5
    for number in range(3):
        log.note(a_draft(CAPACITY + 10 + number, owner="bob"), READ, START)
    assert (log.take_lost(), log.take_lost()) == (3, 0)  # the latest of those that have the most
    told = log.take(2 * CAPACITY)
    assert [entry.actor for entry in told] == ["ana"] * (CAPACITY - 3) + ["bob"] * 3
    assert told[CAPACITY - 4].job_id == a_draft(CAPACITY - 4).id


def test_after_too_many_reads_were_written_those_of_another_owner_are_told_in_the_same_minute() -> None:
    log = ReadLog()
    for number in range(CAPACITY):
        log.note(a_draft(number, owner="ana"), READ, START)
    log.take(CAPACITY)
    for number in range(2):
        log.note(a_draft(CAPACITY + number, owner="ana"), READ, START)
        log.note(a_draft(CAPACITY + 2 + number, owner="bob"), READ, START)
    assert [entry.actor for entry in log.take(10)] == ["bob", "bob"]
    assert log.take_lost() == 2


def test_entries_that_are_put_back_count_for_their_owner_and_the_latest_are_lost_where_there_is_no_room() -> None:
    log = ReadLog()
    for number in range(CAPACITY):
        log.note(a_draft(number, owner="ana"), READ, START)
    taken = log.take(10)
    for number in range(3):
        log.note(a_draft(CAPACITY + number, owner="bob"), READ, START)
    assert log.take_lost() == 0
    log.put_back(taken)
    assert log.take_lost() == 3
    for number in range(10):
        log.note(a_draft(2 * CAPACITY + number, owner="cem"), READ, START)
    assert log.take_lost() == 10
    told = [entry.actor for entry in log.take(2 * CAPACITY)]
    assert [told.count(owner) for owner in ("ana", "bob", "cem")] == [CAPACITY - 13, 3, 10]


def test_reads_that_are_lost_are_counted_and_told(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    for number in range(CAPACITY + 2):
        world.context.reads.note(a_draft(number), READ, START)
    world.service.upkeep_once()
    assert world.meter.lost_reads == 2
    (line,) = [record for record in caplog.records if "too many" in record.message]
    assert line.__dict__["lost"] == 2
