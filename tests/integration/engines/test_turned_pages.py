"""Pages that lie on their side or on their head, and are turned to be read."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image

import pictures
from adapters.engines.engine import ChildEngine
from adapters.imaging.turning import turned
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.patience import FOREVER

TEXT = "FIRST LINE\nSECOND LINE"


@pytest.fixture(scope="module")
def engine(tesseract: str) -> Iterator[ChildEngine]:  # noqa: ARG001 - it skips where there is none
    with ChildEngine(also=ENGINES) as engine:
        yield engine


def recognise(
    engine: ChildEngine, picture: Image.Image, name: str, rotate: str, dpi: tuple[int, int] | None = None
) -> Layout:
    page = Page(
        BytesSource(pictures.save(picture, "PNG", **({"dpi": dpi} if dpi else {}))),
        1,
        JobOptions(engine=name, rotate=rotate),
    )
    return engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event())


@pytest.mark.parametrize("name", [name for name in ENGINES if name != "auto"])
def test_a_page_is_turned_as_it_is_told_and_its_boxes_are_those_of_the_page_as_it_lies(
    engine: ChildEngine, name: str
) -> None:
    upright = pictures.draw(TEXT).convert("L")
    wanted = recognise(engine, upright, name, "none")
    assert (wanted.rotation, [line.text for line in wanted.lines]) == (0, TEXT.split("\n"))
    for degrees in (90, 180, 270):
        lying = turned(upright, 360 - degrees)
        found = recognise(engine, lying, name, str(degrees))
        assert (found.width, found.height, found.rotation) == (*lying.size, degrees)
        assert found.text == wanted.text
        assert found.turned(degrees).lines == wanted.lines


def test_the_resolution_of_a_picture_is_that_of_its_file(engine: ChildEngine) -> None:
    page = pictures.draw("HELLO").convert("L")
    assert recognise(engine, page, "tesseract", "auto", dpi=(200, 200)).dpi == pytest.approx(200, abs=0.1)
    assert recognise(engine, page, "tesseract", "auto").dpi is None
