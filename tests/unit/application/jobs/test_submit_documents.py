import io
from dataclasses import replace

import pytest

from adapters.memory.pictures import document
from ocrcore import JobOptions, Policy, Upload
from ocrcore.domain.errors import DocumentsBusy, NoPages, TooManyPages
from ocrcore.domain.fleet import WorkerReport
from ocrcore.domain.page_ranges import parse_pages
from ocrcore.testing.builders import an_id
from worlds import World, picture


@pytest.mark.parametrize(
    ("policy", "texts", "sentence"),
    [
        (
            Policy(max_pages=2),
            ["AB", "ABC"],
            "File 2 (1.tif): There are 3 pages to be read; a file may have 2. Split it.",
        ),
        (
            Policy(max_items=4),
            ["AB", "ABC"],
            "File 2 (1.tif): With it the job has 5 pages; a job may have 4. Send several jobs.",
        ),
    ],
)
def test_a_document_of_too_many_pages_is_refused_with_the_limit(
    policy: Policy, texts: list[str], sentence: str
) -> None:
    world = World(policy)
    files = [Upload(f"{number}.tif", io.BytesIO(document(*text))) for number, text in enumerate(texts)]
    with pytest.raises(TooManyPages) as refused:
        world.owned.submit(files)
    assert (str(refused.value), refused.value.index) == (sentence, 1)
    assert not world.owned.list()
    assert world.owned.submit([files[0], Upload("one.png", io.BytesIO(picture()))]).counts.total == 3


def test_no_document_is_taken_while_a_worker_of_the_first_release_is_live() -> None:
    world = World()
    old = WorkerReport(an_id(1), "worker", "old", 2, "tesseract 5", None, world.clock.now())
    world.context.workers.report(old)
    world.service.report(worker_id=an_id(2), kind="worker", host="new", slots=1, seconds_per_page=None)
    with pytest.raises(DocumentsBusy, match="older release"):
        world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))])
    with pytest.raises(DocumentsBusy, match="older release"):
        world.owned.submit([Upload("a.avif", io.BytesIO(b"PICTURE.avif:A"))])
    assert world.submit("A").counts.total == 1
    world.context.workers.report(replace(old, slots=0))
    assert world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))]).counts.total == 2


def test_of_a_document_the_pages_that_were_asked_for_are_read() -> None:
    world = World(Policy(max_pages=2))
    files = [
        Upload("a.tif", io.BytesIO(document(*"ABCD"))),
        Upload("one.png", io.BytesIO(picture("ONE"))),
        Upload("one.avif", io.BytesIO(b"PICTURE.avif:TWO")),
    ]
    job = world.owned.submit(files, JobOptions(pages=parse_pages("4,2")))
    world.process_all()
    assert [(item.page, item.filename, item.ocr_text) for item in world.items(job)] == [
        (2, "a.tif", "B"),
        (4, "a.tif", "D"),
        (1, "one.png", "ONE"),
        (1, "one.avif", "TWO"),
    ]


def test_a_document_without_any_page_that_was_asked_for_is_refused() -> None:
    world = World()
    with pytest.raises(NoPages, match=r"^File 1 \(a.tif\): It has none of the pages 3-: the document has 2\.$"):
        world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))], JobOptions(pages=parse_pages("3-")))
    assert not world.owned.list()


def test_one_page_of_a_document_is_not_taken_for_the_whole_file() -> None:
    world = World()
    job = world.owned.submit([Upload("a.tif", io.BytesIO(document("A", "B")))], JobOptions(pages=parse_pages("2")))
    (item,) = world.items(job)
    assert not item.is_whole_file
