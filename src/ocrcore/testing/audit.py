"""The contract of ``Audit``."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import pytest

from ocrcore.application.read_log import ReadLog
from ocrcore.domain.audit import MOST_ACTOR, MOST_EVENT_ID, AuditAction, AuditEntry
from ocrcore.ports.audit import Audit, AuditCursor
from ocrcore.testing.builders import START, TICK, a_draft, an_id


def an_entry(number: int, *, job: UUID | None = None, at: datetime = START, event: str = "") -> AuditEntry:
    """Return an entry of a job, by default of the first job."""
    job_id = job or an_id(1)
    event_id = event or f"{job_id}#{number}#job.renamed"
    return AuditEntry(event_id, job_id, AuditAction.JOB_RENAMED, "ana", at, {"number": number, "why": "it's 🙂"})


class AuditContract:
    """The contract of ``Audit`` except ``forget``. Override the fixture ``audit`` with an empty log."""

    @pytest.fixture
    def audit(self) -> Audit:
        """Return the adapter under test."""
        raise NotImplementedError

    def test_an_entry_comes_back_as_it_was(self, audit: Audit) -> None:
        entry = an_entry(1)
        assert audit.write([entry]) == [True]
        assert audit.timeline(an_id(1), None, 10) == [entry]

    def test_the_longest_names_fit(self, audit: Audit) -> None:
        longest = replace(an_entry(1, event="e" * MOST_EVENT_ID), actor="\N{SNOWMAN}" * MOST_ACTOR)
        assert audit.write([longest]) == [True]
        assert audit.timeline(an_id(1), None, 10) == [longest]

    def test_a_read_by_somebody_with_a_long_name_comes_back(self, audit: Audit) -> None:
        reads = ReadLog()
        for actor in ("idp.example.org#" + "x" * 112, "idp.example.org#" + "y" * 112):
            reads.note(a_draft(), AuditAction.RESULT_READ, START, actor)
        entries = reads.take(10)
        assert list(audit.write(entries)) == [True, True]
        assert {entry.actor for entry in audit.timeline(an_id(1), None, 10)} == {entry.actor for entry in entries}

    @pytest.mark.parametrize("action", AuditAction)
    def test_every_action_can_be_written(self, audit: Audit, action: AuditAction) -> None:
        entry = replace(an_entry(1), action=action, detail={})
        audit.write([entry])
        assert audit.timeline(an_id(1), None, 10) == [entry]

    def test_an_action_of_a_newer_release_comes_back_as_its_name(self, audit: Audit) -> None:
        entry = replace(an_entry(1), action="item.polished")
        audit.write([entry])
        assert [found.action for found in audit.timeline(an_id(1), None, 10)] == ["item.polished"]

    def test_an_unknown_job_has_no_timeline(self, audit: Audit) -> None:
        audit.write([an_entry(1)])
        assert audit.timeline(an_id(404), None, 10) == []

    def test_a_timeline_runs_from_the_oldest_whatever_was_written_first(self, audit: Audit) -> None:
        entries = [an_entry(number, at=START + number * TICK) for number in range(12)]
        audit.write(entries[6:])
        audit.write(entries[5::-1])
        assert audit.timeline(an_id(1), None, 20) == entries

    def test_entries_of_one_instant_run_by_event_id(self, audit: Audit) -> None:
        audit.write([an_entry(1, event="b"), an_entry(2, event="a"), an_entry(3, event="B")])
        assert [entry.event_id for entry in audit.timeline(an_id(1), None, 10)] == ["B", "a", "b"]

    def test_pages_lose_and_repeat_nothing(self, audit: Audit) -> None:
        entries = [an_entry(number, at=START + number // 3 * TICK, event=f"e{number}") for number in range(9)]
        audit.write(entries)
        found: list[AuditEntry] = []
        after = None
        while page := audit.timeline(an_id(1), after, 2):
            assert len(page) <= 2
            found += page
            assert len(found) <= len(entries)
            after = AuditCursor(page[-1].at, page[-1].event_id)
        assert found == entries

    def test_a_cursor_need_not_be_an_entry(self, audit: Audit) -> None:
        audit.write([an_entry(1, event="b")])
        assert len(audit.timeline(an_id(1), AuditCursor(START, "a"), 10)) == 1
        assert audit.timeline(an_id(1), AuditCursor(START + TICK, ""), 10) == []

    def test_a_repeated_write_takes_its_own_place(self, audit: Audit) -> None:
        audit.write([an_entry(1), an_entry(2)])
        again = replace(an_entry(1), detail={"told": "again"})
        assert audit.write([again]) == [True]
        assert audit.timeline(an_id(1), None, 10) == [again, an_entry(2)]

    def test_a_write_may_hold_what_is_there_and_what_is_new(self, audit: Audit) -> None:
        audit.write([an_entry(2), an_entry(3)])
        again = replace(an_entry(2), detail={"told": "again"})
        assert audit.write([an_entry(1), again, an_entry(4)]) == [True] * 3
        assert audit.timeline(an_id(1), None, 10) == [an_entry(1), again, an_entry(3), an_entry(4)]

    def test_an_entry_may_be_doubled_in_one_write(self, audit: Audit) -> None:
        assert audit.write([an_entry(1), an_entry(2), an_entry(1)]) == [True, True, True]
        assert audit.timeline(an_id(1), None, 10) == [an_entry(1), an_entry(2)]

    def test_jobs_do_not_meet(self, audit: Audit) -> None:
        mine, yours = an_entry(1, event="same"), an_entry(2, job=an_id(2), event="same")
        audit.write([mine, yours])
        assert audit.timeline(an_id(1), None, 10) == [mine]
        assert audit.timeline(an_id(2), None, 10) == [yours]

    def test_nothing_can_be_written(self, audit: Audit) -> None:
        assert audit.write([]) == []

    def test_any_number_is_written_at_once(self, audit: Audit) -> None:
        entries = [an_entry(number, at=START + number * TICK) for number in range(257)]
        assert list(audit.write(entries)) == [True] * 257
        assert audit.timeline(an_id(1), None, 1000) == entries

    def test_a_log_that_stands_can_be_reached(self, audit: Audit) -> None:
        audit.check()


class AuditForgettingContract:
    """The contract of ``Audit.forget``, for logs that do not expire old entries themselves."""

    def test_older_entries_are_dropped_and_the_instant_itself_stays(self, audit: Audit) -> None:
        old, young = an_entry(1, at=START - TICK), an_entry(2)
        audit.write([old, young])
        assert audit.forget(START, 10) == 1
        assert audit.timeline(an_id(1), None, 10) == [young]
        assert audit.forget(START, 10) == 0

    def test_no_more_are_dropped_than_asked_for(self, audit: Audit) -> None:
        audit.write([an_entry(number) for number in range(5)])
        assert audit.forget(START + TICK, 3) == 3
        assert len(audit.timeline(an_id(1), None, 10)) == 2
        assert audit.forget(START + TICK, 3) == 2
