import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest

from entrypoints.client.waiting import wait_for
from ocrcore import JobStatus
from ocrcore.domain.options import OptionsView
from ocrcore.formats.views import CountsView, JobView


def view(status: JobStatus) -> JobView:
    counts = CountsView(total=1, pending=1, processing=0, done=0, error=0, expired=0)
    later = {"pages": "all", "dpi": "auto", "pdf_text": "auto", "rotate": "auto", "quality": "auto", "keep": "forever"}
    options = OptionsView("eng", "auto", 3, 60, **later, accept_partial=False)
    return JobView("id", "name", status, "", "", None, None, options, counts, None, [])


def looks(*statuses: JobStatus, holds: list[int]) -> Callable[[int], JobView]:
    answers = iter(statuses)

    def look(hold: int) -> JobView:
        holds.append(hold)
        return view(next(answers))

    return look


def test_a_finished_job_is_returned_at_the_first_look() -> None:
    holds: list[int] = []
    assert wait_for(looks(JobStatus.DONE, holds=holds), float("inf"), None).status is JobStatus.DONE
    assert holds == [0]


def test_an_open_job_is_asked_for_with_an_answer_that_is_held() -> None:
    holds: list[int] = []
    wait_for(looks(JobStatus.PENDING, JobStatus.ERROR, holds=holds), float("inf"), None)
    assert holds == [0, 20]


def test_who_watches_hears_of_every_look_about_once_a_second() -> None:
    holds: list[int] = []
    seen: list[JobStatus] = []
    look = looks(JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.DONE, holds=holds)
    wait_for(look, float("inf"), lambda job: seen.append(job.status))
    assert seen == [JobStatus.PENDING, JobStatus.PROCESSING, JobStatus.DONE]
    assert holds == [0, 1, 1]


def test_an_answer_is_not_held_beyond_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("entrypoints.client.waiting.time", SimpleNamespace(monotonic=lambda: 100.0))
    holds: list[int] = []
    wait_for(looks(JobStatus.PENDING, JobStatus.DONE, holds=holds), 105.5, None)
    assert holds == [0, 5]


def test_the_end_is_an_error_that_says_how_it_stands() -> None:
    with pytest.raises(TimeoutError, match="Job id is PENDING: 1 pages are open"):
        wait_for(looks(JobStatus.PENDING, holds=[]), time.monotonic(), None)
