"""The contract of ``Jobs`` about corrections, marks of pages that were looked at, and the list by confidence."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from ocrcore.domain.correction import Correction, Edit, Place, rewrite
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import parse_query
from ocrcore.ports.jobs import JobTransaction, ReviewCursor
from ocrcore.testing.builders import (
    START,
    StateOfRecord,
    a_draft,
    a_page,
    all_items,
    claim,
    delete,
    finish,
    finish_all_searchable,
    finish_searchable,
    force,
    submit,
)
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.record import RecordContract

_ROUNDS = 5
_LINE, _FIRST, _SECOND, _OTHER = Place(0, None), Place(0, 0), Place(0, 1), Place(1, 0)


class JobsCorrectionsContract(RecordContract):
    """Corrections and reviews; part of ``JobsContract``."""

    def test_corrections_come_back_as_they_were_written_by_line_and_word(self, record: StateOfRecord) -> None:
        item = _done(record)
        edits = [Edit(_OTHER, ""), Edit(_SECOND, "Ærøskøbing 漢字 \U0001f600"), Edit(_FIRST, "x" * 2000)]
        written = _correct(record, item, *edits)
        kept = record.jobs.corrections(item.id, "ana")
        assert kept == [written[2], written[1], written[0]]
        assert record.jobs.transact(item.job_id, lambda one: list(one.corrections(item.id))) == kept

    def test_a_correction_takes_the_place_of_the_one_that_was_there(self, record: StateOfRecord) -> None:
        item = _done(record)
        _correct(record, item, Edit(_FIRST, "a"), Edit(_SECOND, "b"), Edit(_OTHER, "c"))
        (later,) = _correct(record, item, Edit(_FIRST, "d"), revision=2)
        assert [one.text for one in record.jobs.corrections(item.id, "ana")] == ["d", "b", "c"]
        assert record.jobs.corrections(item.id, "ana")[0] == later

    def test_a_line_takes_the_place_of_its_words(self, record: StateOfRecord) -> None:
        item = _done(record)
        _correct(record, item, Edit(_FIRST, "a"), Edit(_SECOND, "b"), Edit(_OTHER, "c"))
        _correct(record, item, Edit(_LINE, "whole"), revision=2)
        kept = record.jobs.corrections(item.id, "ana")
        assert [(one.place, one.text) for one in kept] == [(_LINE, "whole"), (_OTHER, "c")]

    @pytest.mark.parametrize("stranger", ["bob", "ANA", "ana "])
    def test_corrections_are_read_by_the_owner_alone(self, record: StateOfRecord, stranger: str) -> None:
        item = _done(record)
        _correct(record, item, Edit(_FIRST, "a"))
        assert list(record.jobs.corrections(item.id, stranger)) == []

    def test_corrections_are_of_their_item_alone(self, record: StateOfRecord) -> None:
        first, second = finish_all_searchable(record.jobs, _texts(submit(record.jobs, a_draft(), 2)))
        other = _done(record, 2)
        _correct(record, first, Edit(_FIRST, "a"))
        assert list(record.jobs.corrections(second.id, "ana")) == []
        assert record.jobs.transact(other.job_id, lambda one: list(one.corrections(first.id))) == []

    def test_a_decision_that_raises_corrects_nothing(self, record: StateOfRecord) -> None:
        item = _done(record)

        def decide(transaction: JobTransaction) -> None:
            _write(transaction, item, [Edit(_FIRST, "a")], 1)
            raise KeyError

        with pytest.raises(KeyError):
            record.jobs.transact(item.job_id, decide)
        assert list(record.jobs.corrections(item.id, "ana")) == []
        assert record.jobs.item(item.id, "ana") == item
        assert _found(record, "hello") == [item.id]

    def test_a_deleted_job_leaves_no_correction(self, record: StateOfRecord) -> None:
        item = _done(record)
        _correct(record, item, Edit(_FIRST, "a"))
        job = record.jobs.get(item.job_id, "ana")
        delete(record.jobs, job)
        again = submit(record.jobs, a_draft())  # with the same ids, which no real job has
        assert a_page(again).id == item.id
        assert list(record.jobs.corrections(item.id, "ana")) == []

    def test_a_page_is_found_by_its_new_words_alone_and_keeps_its_place(self, record: StateOfRecord) -> None:
        texts = dict.fromkeys(_texts(submit(record.jobs, a_draft(), 3)), "hello world")
        pages = finish_all_searchable(record.jobs, texts)
        before = record.search.find("ana", parse_query("world"), None, 10).found
        _correct(record, pages[1], Edit(_FIRST, "goodbye"), text="goodbye world")
        assert _found(record, "hello") == [pages[0].id, pages[2].id]
        assert _found(record, "goodbye") == [pages[1].id]
        assert _found(record, "good*") == [pages[1].id]
        after = record.search.find("ana", parse_query("world"), None, 10).found
        assert [(match.number, match.item.id) for match in after] == [(one.number, one.item.id) for one in before]

    def test_a_page_that_the_index_has_lost_is_added_again(self, record: StateOfRecord) -> None:
        item = _done(record)
        record.search.remove(item.job_id, 10)
        _correct(record, item, Edit(_FIRST, "goodbye"), text="goodbye")
        assert _found(record, "goodbye") == [item.id]
        assert record.search.missing([item.id]) == set()

    def test_pages_come_by_confidence_the_unknown_last_and_equal_ones_by_id(self, record: StateOfRecord) -> None:
        items = _of_confidence(record, [70.5, None, 12.25, 100.0, 12.25, 0.0, None])
        expected = [items[place].id for place in (5, 2, 4, 0, 3, 1, 6)]
        assert [item.id for item in record.jobs.least_sure("ana", None, 100)] == expected
        for limit in (1, 2, 3, 5):
            assert _walk(record, limit, None) == expected

    def test_pages_are_listed_by_whether_somebody_has_looked_at_them(self, record: StateOfRecord) -> None:
        confidences = [30.0, None, 10.0, 20.0, None]
        items = _of_confidence(record, confidences)
        force(record.jobs, [items[place].reviewed(START, "ana") for place in (2, 3, 4)])
        assert _walk(record, 2, reviewed=False) == [items[0].id, items[1].id]
        assert _walk(record, 2, reviewed=True) == [items[2].id, items[3].id, items[4].id]
        assert _walk(record, 2, None) == [items[place].id for place in (2, 3, 0, 1, 4)]
        force(record.jobs, [record.jobs.item(items[2].id, "ana").not_reviewed()])
        assert _walk(record, 2, reviewed=False) == [items[place].id for place in (2, 0, 1)]

    def test_pages_that_nobody_has_looked_at_are_counted(self, record: StateOfRecord) -> None:
        job, theirs = submit(record.jobs, a_draft(1), 5), submit(record.jobs, a_draft(2, owner="bob"))
        done = [finish(record.jobs, claim(record.jobs, item)) for item in all_items(record.jobs, job)[:4]]
        finish(record.jobs, claim(record.jobs, all_items(record.jobs, theirs)[0]))
        force(record.jobs, [done[0].reviewed(START, "ana")])
        assert [record.jobs.unreviewed("ana", most) for most in (1, 2, 3, 4, 9)] == [1, 2, 3, 3, 3]
        assert [record.jobs.unreviewed(owner, 9) for owner in ("bob", "ANA", "")] == [1, 0, 0]

    def test_only_pages_that_are_done_are_listed_of_every_job_of_the_owner(self, record: StateOfRecord) -> None:
        first, second = (submit(record.jobs, a_draft(number), 3) for number in (1, 2))
        other = submit(record.jobs, a_draft(3, owner="bob"))
        done = [finish(record.jobs, claim(record.jobs, all_items(record.jobs, job)[1])) for job in (first, second)]
        claim(record.jobs, all_items(record.jobs, first)[0])
        theirs = finish(record.jobs, claim(record.jobs, all_items(record.jobs, other)[0]))
        assert {item.id for item in record.jobs.least_sure("ana", None, 10)} == {item.id for item in done}
        assert [item.id for item in record.jobs.least_sure("bob", None, 10)] == [theirs.id]
        for stranger in ("ANA", "ana ", ""):
            assert list(record.jobs.least_sure(stranger, None, 10)) == []
        delete(record.jobs, record.jobs.get(first.id, "ana"))
        assert [item.id for item in record.jobs.least_sure("ana", None, 10)] == [done[1].id]

    def test_of_two_who_correct_at_once_the_second_sees_what_the_first_did(self, record: StateOfRecord) -> None:
        for number in range(1, _ROUNDS + 1):
            item = _done(record, number)
            seen = at_once(*(partial(_correct_next, record, item, place) for place in (_FIRST, _SECOND)))
            assert sorted(seen, key=str) == [1, 2]
            assert {one.revision for one in record.jobs.corrections(item.id, "ana")} == {1, 2}
            assert record.jobs.item(item.id, "ana").revision == 2


def _texts(job: Job) -> dict[Item, str]:
    return {a_page(job, position): "hello world" for position in range(job.counts.total)}


def _done(record: StateOfRecord, number: int = 1) -> Item:
    return finish_searchable(record.jobs, a_page(submit(record.jobs, a_draft(number))), "hello world")


def _write(
    transaction: JobTransaction, item: Item, edits: Sequence[Edit], revision: int, text: str = "corrected"
) -> Sequence[Correction]:
    before = transaction.item(item.id)
    assert before is not None
    standing = transaction.corrections(item.id)
    now = START + timedelta(seconds=revision, microseconds=1)
    change = rewrite(edits, standing, revision=revision, actor="key:abcd1234", now=now)
    transaction.correct(item.id, change)
    after = before.corrected(text)
    transaction.save(transaction.job.corrected(after, len(edits), START), after)
    transaction.reindex(SearchPage.read(after, transaction.job.owner))
    return change.written


def _correct(
    record: StateOfRecord, item: Item, *edits: Edit, revision: int = 1, text: str = "corrected"
) -> Sequence[Correction]:
    return record.jobs.transact(
        item.job_id, lambda transaction: _write(transaction, item, edits, revision, text), items=[item.id]
    )


def _correct_next(record: StateOfRecord, item: Item, place: Place) -> int:
    """Correct an item as it is now, and return the revision that it has then."""

    def decide(transaction: JobTransaction) -> int:
        now = transaction.item(item.id)
        assert now is not None
        assert max((one.revision for one in transaction.corrections(item.id)), default=0) == now.revision
        _write(transaction, item, [Edit(place, "x")], now.revision + 1)
        return now.revision + 1

    return record.jobs.transact(item.job_id, decide)


def _found(record: StateOfRecord, query: str) -> list[object]:
    return [match.item.id for match in record.search.find("ana", parse_query(query), None, 10).found]


def _of_confidence(record: StateOfRecord, confidences: Sequence[float | None]) -> Sequence[Item]:
    job = submit(record.jobs, a_draft(), len(confidences))
    done = finish_all_searchable(record.jobs, _texts(job))
    force(record.jobs, [replace(item, confidence=one) for item, one in zip(done, confidences, strict=True)])
    return all_items(record.jobs, job)


def _walk(record: StateOfRecord, limit: int, reviewed: bool | None) -> list[object]:  # noqa: FBT001 - or neither
    """Return the ids of a list, page by page."""
    found: list[Item] = []
    after: ReviewCursor | None = None
    while items := record.jobs.least_sure("ana", after, limit, reviewed=reviewed):
        assert len(items) <= limit
        found += items
        after = ReviewCursor(items[-1].confidence, items[-1].id)
    return [item.id for item in found]
