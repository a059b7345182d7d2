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
