"""Baselines, on print of which it is known where its letters stand."""

import math
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from PIL import Image, ImageDraw, ImageFont

import pictures
from adapters.engines.engine import ChildEngine
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.patience import FOREVER

NAMES = ("tesseract", "tesserocr", "ppocr")
SIZE = (1000, 420)
LEFT, FONT = 60, 40
#: Lines with many descenders, few and none, and where they stand.
LINES = {"Typography of a quiet page": 110, "Paragraphs by example": 210, "THE NUMBER 4718": 310}


@pytest.fixture(scope="module")
def engine() -> Iterator[ChildEngine]:
    first, *others = NAMES
    with ChildEngine(first, also=others) as engine:
        yield engine


def drawn() -> Image.Image:
    page, font = Image.new("L", SIZE, "white"), ImageFont.load_default(FONT)
    for text, y in LINES.items():
        ImageDraw.Draw(page).text((LEFT, y), text, "black", font, anchor="ls")
    return page


def read(engine: ChildEngine, picture: Image.Image, name: str, rotate: str = "none") -> Layout:
    page = Page(BytesSource(pictures.save(picture)), 1, JobOptions(engine=name, rotate=rotate))
    return engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event())


@pytest.mark.parametrize(
    ("name", "rotation"), [*((name, 0) for name in NAMES), *(("tesserocr", turn) for turn in (90, 180, 270))]
)
def test_a_baseline_is_where_letters_stand(engine: ChildEngine, name: str, rotation: int) -> None:
    layout = read(engine, drawn().rotate(rotation, expand=True), name, str(rotation) if rotation else "none")
    assert [line.text for line in layout.lines] == list(LINES)
    upright = layout.turned(rotation)
    for line, told, y in zip(upright.lines, layout.lines, LINES.values(), strict=True):
        assert line.baseline is not None
        assert line.baseline == told.baseline
        slope, offset = line.baseline
        at_start = line.bbox[3] + offset
        assert (at_start, at_start + slope * (line.bbox[2] - line.bbox[0])) == pytest.approx((y, y), abs=4)
        ends = layout.baseline_ends(told)
        assert ends is not None
        assert math.dist(ends[0], placed(y, rotation)) < 12


def placed(y: int, rotation: int) -> tuple[int, int]:
    """Return where a line begins on the page that lies so that it has to be turned clockwise to be read."""
    width, height = SIZE
    return {0: (LEFT, y), 90: (y, width - LEFT), 180: (width - LEFT, height - y), 270: (height - y, LEFT)}[rotation]


@pytest.mark.parametrize("name", NAMES)
def test_the_baseline_of_a_line_that_falls_does_too(engine: ChildEngine, name: str) -> None:
    fall = math.tan(math.radians(2))
    slanting = drawn().transform(SIZE, Image.Transform.AFFINE, (1, 0, 0, -fall, 1, fall * SIZE[0] / 2), fillcolor=255)
    for line, y in zip(read(engine, slanting, name).lines, LINES.values(), strict=True):
        assert line.baseline is not None
        slope, offset = line.baseline
        assert slope == pytest.approx(fall, abs=0.01)
        at_start = y + fall * (line.bbox[0] - SIZE[0] / 2)
        assert line.bbox[3] + offset == pytest.approx(at_start, abs=6)
