"""The contract of ``SearchIndex`` and of ``JobTransaction.index``: the same hits from every index, in every script."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from ocrcore.domain.job import Job
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.search_query import parse_query
from ocrcore.domain.search_terms import page_terms
from ocrcore.ports.jobs import JobTransaction
from ocrcore.testing.builders import (
    START,
    StateOfRecord,
    a_draft,
    a_page,
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

#: The text of each page, by position.
_TEXTS = (
    "Rechnung AB-4711 der Bäckerei Groß & Söhne, 12,50 €",
    "São Paulo, 3 de março: a informação está à disposição",
    "Αθήνα είναι πρωτεύουσα. ΜΕΓΆΛΗ ΠΌΛΗ",
    "Привет, ёлка! Счёт-фактура № 17",
    "فاتورة رقم ٤٧١١ بتاريخ مُحَمَّد",
    "שָׁלוֹם עולם, חשבונית",
    "हिन्दी में रसीद, कुल योग",
    "发票号码 4711\n北京市海\n淀区",
    "東京タワーの領収書 2026年",
    "ใบเสร็จรับเงิน กรุงเทพ",
    "Fun 😀 and 👍 at 20 °C",
    "The quick brown fox. The end; a lazy dog's day, AB 4711",
    "",
)
_QUERIES = {
    "rechnung": {0},
    "RECHNUNG bäckerei": {0},
    "backerei": {0},
    "gross": {0},
    "groß söhne": {0},
    "GROSS": {0},
    "AB-4711": {0, 11},
    '"ab 4711"': {0, 11},
    '"4711 AB"': set(),
    "4711": {0, 7, 11},
    "47*": {0, 7, 11},
    "ab-47*": {0, 11},
    "471": set(),
    "sao informacao": {1},
    "SÃO": {1},
    "disposi*": {1},
    "αθηνα": {2},
    "μεγαλη πολη": {2},
    "πρωτευ*": {2},
    "елка": {3},
    "счет": {3},
    '"счёт фактура"': {3},
    "محمد": {4},
    "٤٧١١": {4},
    "فاتورة": {4},
    "שלום": {5},
    "חשב*": {5},
    "हिन्दी": {6},
    "रसीद": {6},
    "रसद": set(),
    "发票": {7},
    "票": {7},
    "北京市海淀区": {7},
    "京北": set(),
    "東京": {8},
    "領収書 東京": {8},
    "2026年": {8},
    "東領": set(),
    "กรุงเทพ": {9},
    "เงิน": {9},
    "😀": {10},
    '"20 °C"': {10},
    "the": {11},
    "a": {1, 11},
    '"the end"': {11},
    '"end the"': set(),
    "“quick brown” fox": {11},
    "dog's": {11},
    "q*": {11},
    "the zebra": set(),
}


class SearchContract(RecordContract):
    """The contract of ``SearchIndex``. Override the fixture ``record``."""

    def test_words_phrases_and_beginnings_are_found_in_every_script(self, record: StateOfRecord) -> None:
        _finish(record, submit(record.jobs, a_draft(), len(_TEXTS)), _TEXTS)
        assert {query: set(_positions(record, query)) for query in _QUERIES} == _QUERIES

    def test_a_match_is_the_job_and_the_page(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(name="Letters"))
        item = finish_searchable(record.jobs, a_page(job), "hello")
        (match,) = record.search.find("ana", parse_query("hello"), None, 10).found
        assert (match.job, match.item) == (record.jobs.get(job.id, "ana"), item)

    def test_nothing_is_found_of_another_owner(self, record: StateOfRecord) -> None:
        finish_searchable(record.jobs, a_page(submit(record.jobs, a_draft(1, owner="ana"))), "hello")
        finish_searchable(record.jobs, a_page(submit(record.jobs, a_draft(2, owner="bob"))), "hello")
        assert [match.job.owner for match in record.search.find("bob", parse_query("hel*"), None, 10).found] == ["bob"]
        assert record.search.find("eve", parse_query("hello"), None, 10).found == []

    def test_the_page_that_was_finished_last_comes_first(self, record: StateOfRecord) -> None:
        for number, seconds in ((1, 20), (2, 30), (3, 10)):
            job = submit(record.jobs, a_draft(number))
            finish_searchable(record.jobs, a_page(job), "hello", START + timedelta(seconds=seconds))
        found = record.search.find("ana", parse_query("hello"), None, 10).found
        assert [match.job.id for match in found] == [a_draft(number).id for number in (2, 1, 3)]

    def test_pages_that_were_finished_together_come_in_their_order(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 3)
        for position in (1, 2, 0):
            finish_searchable(record.jobs, a_page(job, position), "hello")
        assert _positions(record, "hello") == [0, 1, 2]

    def test_pages_with_the_same_number_are_all_found(self, record: StateOfRecord) -> None:
        jobs = [submit(record.jobs, a_draft(number)) for number in (1, 2, 3)]
        for job in jobs:
            finish_searchable(record.jobs, a_page(job), "hello")
        found = record.search.find("ana", parse_query("hello"), None, 10).found
        assert {match.job.id for match in found} == {job.id for job in jobs}
        assert len({match.number for match in found}) == len(jobs)

    def test_matches_come_in_pages(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 5)
        for position in range(5):
            finish_searchable(record.jobs, a_page(job, position), "hello", START - timedelta(seconds=position))
        found, before = [], None
        for size in (2, 2, 1):
            matches = record.search.find("ana", parse_query("hello"), before, 2)
            assert len(matches.found) == size
            found += [match.item.position for match in matches.found]
            before = matches.before
        assert (found, before) == ([0, 1, 2, 3, 4], None)

    def test_a_page_that_is_just_full_is_the_last(self, record: StateOfRecord) -> None:
        finish_searchable(record.jobs, a_page(submit(record.jobs, a_draft())), "hello")
        assert record.search.find("ana", parse_query("hello"), None, 1).before is None

    def test_a_phrase_is_found_behind_many_pages_that_have_its_words(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 130)
        _finish(record, job, ["first last", *["last first"] * 129])
        found, before = [], None
        while True:
            matches = record.search.find("ana", parse_query('"first last"'), before, 10)
            found += [match.item.position for match in matches.found]
            before = matches.before
            if before is None:
                break
        assert found == [0]

    def test_a_deleted_job_is_not_found_although_its_rows_are_left(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft())
        finish_searchable(record.jobs, a_page(job), "hello")
        delete(record.jobs, job)
        assert record.search.find("ana", parse_query("hello"), None, 10).found == []
        assert [row.is_right for row in record.search.rows(None, 10)] == [False]

    def test_rows_of_a_job_are_removed_a_few_at_a_time(self, record: StateOfRecord) -> None:
        job, other = submit(record.jobs, a_draft(1), 3), submit(record.jobs, a_draft(2))
        _finish(record, job, ["hello"] * 3)
        finish_searchable(record.jobs, a_page(other), "hello")
        delete(record.jobs, job)
        assert [record.search.remove(job.id, 2) for _ in range(3)] == [2, 1, 0]
        assert [row.job_id for row in record.search.rows(None, 10)] == [other.id]
        assert len(record.search.find("ana", parse_query("hello"), None, 10).found) == 1

    def test_a_rolled_back_page_is_not_found(self, record: StateOfRecord) -> None:
        item = finish(record.jobs, claim(record.jobs, a_page(submit(record.jobs, a_draft()))))

        def decide(transaction: JobTransaction) -> None:
            transaction.index([SearchPage.read(item, "ana")])
            raise KeyError

        with pytest.raises(KeyError):
            record.jobs.transact(item.job_id, decide)
        assert record.search.find("ana", parse_query("hello"), None, 10).found == []
        assert record.search.missing([item.id]) == {item.id}

    def test_a_page_that_is_added_twice_is_found_once(self, record: StateOfRecord) -> None:
        item = finish_searchable(record.jobs, a_page(submit(record.jobs, a_draft())), "hello")
        record.jobs.transact(item.job_id, lambda transaction: transaction.index([SearchPage.read(item, "ana")]))
        assert len(record.search.find("ana", parse_query("hello"), None, 10).found) == 1
        assert len(record.search.rows(None, 10)) == 1

    def test_pages_that_the_index_has_with_other_words_are_told_and_replaced(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)
        one, other = (finish_searchable(record.jobs, a_page(job, at), "hello 发票") for at in range(2))
        pages = [SearchPage.read(item, "ana") for item in (one, other)]
        changed = replace(pages[0], terms=page_terms("ana", "world"))
        unknown = replace(pages[0], item_id=job.id)
        assert record.search.unlike([*pages, unknown]) == set()
        assert record.search.unlike([changed, pages[1]]) == {one.id}
        record.jobs.transact(job.id, lambda transaction: transaction.reindex(changed))
        assert record.search.unlike(pages) == {one.id}
        assert record.search.unlike([changed, pages[1]]) == set()
        record.jobs.transact(job.id, lambda transaction: transaction.reindex(pages[1]))  # nothing is to be done
        assert record.search.unlike([changed, pages[1]]) == set()
        assert len(record.search.find("ana", parse_query("hello"), None, 10).found) == 1

    def test_a_page_that_release_0_1_finished_is_due(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)
        item = finish(record.jobs, claim(record.jobs, a_page(job)))
        finish_searchable(record.jobs, a_page(job, 1), "hello")
        assert record.due_work.unindexed(START, 10) == [(job.id, item.id)]
        assert record.due_work.unindexed(START - timedelta(seconds=1), 10) == []
        assert record.search.backlog(10) == 1
        assert record.search.missing([item.id, a_page(job, 1).id]) == {item.id}

    def test_rows_of_pages_that_are_not_done_are_discarded(self, record: StateOfRecord) -> None:
        job = submit(record.jobs, a_draft(), 2)
        _finish(record, job, ["hello", "hello"])
        (stored, _) = record.jobs.items(job.id, None, -1, 2)
        force(record.jobs, [replace(stored, is_indexed=False)])
        rows = record.search.rows(None, 10)
        assert {row.item_id: row.is_right for row in rows} == {stored.id: False, a_page(job, 1).id: True}
        assert record.search.discard([row.number for row in rows]) == 1
        assert [row.item_id for row in record.search.rows(None, 10)] == [a_page(job, 1).id]

    def test_rows_come_by_number(self, record: StateOfRecord) -> None:
        _finish(record, submit(record.jobs, a_draft(), 3), ["hello"] * 3)
        rows = record.search.rows(None, 2)
        rest = record.search.rows(rows[-1].number, 2)
        numbers = [row.number for row in (*rows, *rest)]
        assert numbers == sorted(set(numbers))
        assert (len(rows), len(rest)) == (2, 1)

    def test_pages_of_two_jobs_that_want_one_number_at_once_are_both_added(self, record: StateOfRecord) -> None:
        jobs = [submit(record.jobs, a_draft(number)) for number in (1, 2)]
        at_once(*(partial(finish_searchable, record.jobs, a_page(job), "hello") for job in jobs))
        assert len(record.search.find("ana", parse_query("hello"), None, 10).found) == len(jobs)


def _positions(record: StateOfRecord, query: str) -> list[int]:
    return [match.item.position for match in record.search.find("ana", parse_query(query), None, 50).found]


def _finish(record: StateOfRecord, job: Job, texts: Sequence[str]) -> None:
    """Finish and index all pages of a job, in one transaction."""
    finish_all_searchable(record.jobs, {a_page(job, position): text for position, text in enumerate(texts)})
