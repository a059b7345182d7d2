"""The table of output formats."""

import json
from collections.abc import Iterator

import pytest

from ocrcore.domain.errors import InvalidOption
from ocrcore.formats import registry
from ocrcore.formats.registry import FORMATS, Format, format_named
from ocrcore.formats.results import JobResult, PageResult
from worlds import World


def finished(*texts: str) -> tuple[World, JobResult]:
    world = World()
    job = world.submit(*texts)
    world.process_all()
    return world, world.owned.result(job.id)


def test_text_is_the_pages_with_a_form_feed_between_each_two() -> None:
    world, result = finished("ONE", "TWO")
    assert b"".join(FORMATS["txt"].job(result)) == b"ONE\fTWO"
    (first, _) = world.items(result.job)
    assert b"".join(FORMATS["txt"].page(world.owned.item_result(first.id))) == b"ONE"


def test_json_of_a_job_is_the_job_and_the_layouts_of_its_pages() -> None:
    world, result = finished("ONE", "TWO")
    document = json.loads(b"".join(FORMATS["json"].job(result)))
    assert document["job"]["id"] == str(result.job.id)
    pages = [b"".join(FORMATS["json"].page(world.owned.item_result(item.id))) for item in world.items(result.job)]
    assert document["items"] == [json.loads(page) for page in pages]
    assert [(page["page"], page["text"]) for page in document["items"]] == [(1, "ONE"), (1, "TWO")]


def test_text_needs_no_layout() -> None:
    world, result = finished("ONE")
    world.context.documents.delete(world.context.documents.keys("", 10))
    assert b"".join(FORMATS["txt"].job(result)) == b"ONE"


def test_a_format_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidOption, match=r"format must be txt, json, hocr, alto or tsv\."):
        format_named("pdf")


def page(result: PageResult) -> Iterator[bytes]:
    yield result.text.lower().encode()


def job(result: JobResult) -> Iterator[bytes]:
    yield from (one.text.lower().encode() for one in result.pages)


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> Format:
    row = Format("whisper", "text/x-whisper", ".low", "the text in small letters", page, job)
    monkeypatch.setattr(registry, "FORMATS", {**FORMATS, row.name: row})
    return row


def test_a_format_that_is_added_to_the_table_is_had_by_its_name(planted: Format) -> None:
    _, result = finished("ONE")
    assert format_named("whisper") is planted
    assert b"".join(format_named("whisper").job(result)) == b"one"
