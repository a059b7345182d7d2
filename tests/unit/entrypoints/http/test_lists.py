"""How many items an answer has."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from entrypoints.http.lists import few_items, few_jobs
from ocrcore import Item, Job
from ocrcore.domain.codes import JobWarning
from ocrcore.domain.file_warning import FileWarning
from ocrcore.testing.builders import a_draft, a_page

MEGA = 1_000_000


class Pages:
    """Pages of a job with texts of these lengths, which counts how many were looked up at a time."""

    def __init__(self, *lengths: int) -> None:
        job = a_draft()
        self.items = [
            replace(a_page(job, position), recognised_text="x" * length) for position, length in enumerate(lengths)
        ]
        self.looks: list[int] = []

    def look(self, last: Item | None, most: int) -> Sequence[Item]:
        start = 0 if last is None else last.position + 1
        self.looks.append(len(self.items[start : start + most]))
        return self.items[start : start + most]


@pytest.mark.parametrize("limit", [1, 15, 16, 17, 50, 60, 200])
def test_short_texts_come_up_to_the_limit(limit: int) -> None:
    pages = Pages(*[2000] * 60)
    found, has_more = few_items(limit, pages.look)
    assert (found, has_more) == (pages.items[:limit], limit < 60)


def test_long_texts_are_few_in_an_answer_and_in_memory() -> None:
    pages = Pages(*[MEGA] * 200)
    found, has_more = few_items(200, pages.look)
    assert (len(found), has_more) == (4, True)
    assert max(pages.looks) == 17


def test_a_longest_text_is_an_answer_of_its_own() -> None:
    pages = Pages(5 * MEGA, 10)
    assert few_items(50, pages.look) == (pages.items[:1], True)
    assert few_items(50, Pages(5 * MEGA).look)[1] is False
    assert few_items(50, Pages().look) == ([], False)


def test_long_texts_after_empty_ones_are_looked_up_some_at_a_time() -> None:
    pages = Pages(*[0] * 32, *[MEGA] * 100)
    found, has_more = few_items(200, pages.look)
    assert (len(found), has_more) == (36, True)
    assert max(pages.looks) == 17


def test_jobs_with_many_warnings_are_few_in_an_answer() -> None:
    warnings = tuple(FileWarning(index, "x" * 255, JobWarning.SIGNATURE) for index in range(1000))
    jobs = [replace(a_draft(number), warnings=warnings) for number in range(1, 61)]

    def look(last: Job | None, most: int) -> Sequence[Job]:
        start = 0 if last is None else jobs.index(last) + 1
        return jobs[start : start + most]

    found, has_more = few_jobs(60, look)
    assert (found, has_more) == (jobs[: len(found)], True)
    assert len(found) < 12
