from dataclasses import asdict
from typing import Any

import pytest

from entrypoints.client.errors import NoAnswer
from entrypoints.client.views import read_answer, view
from ocrcore.formats.views import EntryView, ItemView, JobView
from worlds import World


def a_job() -> JobView:
    return JobView.of(World().submit("A", "B"), "no worker")


def test_a_job_survives_the_way_there_and_back() -> None:
    job = a_job()
    assert view(JobView)(asdict(job)) == job


def test_an_item_survives_the_way_there_and_back() -> None:
    world = World()
    item = ItemView.of(world.item(world.submit()))
    assert view(ItemView)(asdict(item)) == item


def test_fields_that_are_newer_are_passed_over() -> None:
    job = a_job()
    assert view(JobView)(asdict(job) | {"newer": 1}) == job


def test_codes_that_are_newer_are_shown() -> None:
    newer = asdict(a_job()) | {"warnings": [{"index": 0, "file": "a.pdf", "code": "newer", "message": "Newer."}]}
    assert [warning.code for warning in view(JobView)(newer).warnings] == ["newer"]
    world = World()
    item = asdict(ItemView.of(world.item(world.submit()))) | {"warnings": ["newer"]}
    assert view(ItemView)(item).warnings == ["newer"]
    entry = {"event_id": "1", "action": "newer.done", "actor": "local", "at": "2026-11-01T00:00:00Z", "detail": {}}
    assert view(EntryView)(entry).action == "newer.done"


@pytest.mark.parametrize("answer", [None, [], {}, {"status": "DONE"}, {"status": "NEWER"}, 3, "text"])
def test_what_is_no_job_is_no_answer(answer: Any) -> None:  # noqa: ANN401 - anything may come
    with pytest.raises(NoAnswer, match="not of the form"):
        read_answer(view(JobView), answer)
