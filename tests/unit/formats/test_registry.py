"""The table of output formats."""

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import get_args

import pytest

from ocrcore.domain.errors import InvalidOption
from ocrcore.formats import registry
from ocrcore.formats.registry import FORMATS, Format, PdfFormatName, TextFormatName, format_named, format_of
from ocrcore.formats.results import JobResult, PageResult
from worlds import World, of_contents


def finished(*texts: str) -> tuple[World, JobResult]:
    world = World()
    job = world.submit(*texts)
    world.process_all()
    return world, world.owned.result(job.id)


def test_the_names_for_signatures_are_those_of_the_table() -> None:
    assert get_args(TextFormatName) == tuple(name for name, row in FORMATS.items() if row.is_text)
    assert get_args(PdfFormatName) == tuple(name for name, row in FORMATS.items() if not row.is_text)


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


@pytest.mark.parametrize("form", ["pdf", "pdfa"])
def test_a_pdf_has_every_page_and_the_text_of_good_ones(form: str) -> None:
    world = World()
    job = world.owned.submit(of_contents(b"PICTURE:ONE", b"PICTURE!image-corrupt", b"DOCUMENT:TWO\fTHREE"))
    world.process_all()
    head, *pages = b"".join(FORMATS[form].job(world.owned.result(job.id))).decode().splitlines()
    assert head == f'%PDF "{job.name}"'
    assert list(map(json.loads, pages)) == ["ONE", "", "TWO", "THREE"]
    (item, *_) = world.items(job)
    assert b"".join(FORMATS[form].page(world.owned.item_result(item.id))).endswith(b'"ONE"')


@pytest.mark.parametrize(
    ("name", "form"), [("a.pdf", "pdf"), ("A.PDF", "pdf"), ("a.alto.xml", "alto"), ("a.b.txt", "txt")]
)
def test_the_name_of_a_file_says_its_format(name: str, form: str) -> None:
    assert format_of(PurePath("folder", name)).name == form


def test_a_name_that_does_not_say_the_format_is_refused_with_those_that_do() -> None:
    with pytest.raises(InvalidOption, match=r"end it in \.txt, \.json, \.hocr, \.alto\.xml, \.tsv or \.pdf\."):
        format_of(PurePath("a.docx"))


def test_text_needs_no_layout() -> None:
    world, result = finished("ONE")
    world.context.documents.delete(world.context.documents.keys("", 10))
    assert b"".join(FORMATS["txt"].job(result)) == b"ONE"


def test_a_format_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(InvalidOption, match=r"format must be txt, json, hocr, alto, tsv, pdf or pdfa\."):
        format_named("docx")


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
