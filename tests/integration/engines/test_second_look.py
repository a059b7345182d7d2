"""Pages that an engine reads badly at the first look."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from importlib.resources import files

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFont

import pictures
from adapters.engines.engine import ChildEngine
from ocrcore.domain.codes import ItemWarning
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt, counts_instead, doubt_of, second_engine, with_its_warning
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from ocrcore.testing.patience import FOREVER

LINES = [
    *("Seven barges carried timber past the lock", "before noon on Friday, and each of them paid"),
    *("the clerk four shillings for the passage.", "The auditor counted crates of copper wire,"),
    *("glass bottles and wool, and signed the page", "with blue ink before he went home again."),
]

#: On the right half of a page.
SHADOW = Image.linear_gradient("L").rotate(90).resize((1000, 500)).point(lambda level: 255 if level < 120 else 90)


@pytest.fixture(scope="module")
def engine(tesseract: str) -> Iterator[ChildEngine]:  # noqa: ARG001 - it skips where there is none
    with ChildEngine(also=ENGINES) as engine:
        yield engine


def printed(lines: Sequence[str] = LINES) -> Image.Image:
    font = ImageFont.truetype(str(files("font_roboto") / "files" / "Roboto-Regular.ttf"), 34)
    page = Image.new("L", (1000, 500), 250)
    draw = ImageDraw.Draw(page)
    for row, line in enumerate(lines):
        draw.text((90, 70 + 60 * row), line, 20, font)
    return page


def highlighted(lines: Sequence[str] = LINES) -> Image.Image:
    """Return a page with highlighted lines, light letters on dark bars, and faint ones beside them."""
    font = ImageFont.truetype(str(files("font_roboto") / "files" / "Roboto-Regular.ttf"), 30)
    page = Image.new("RGB", (900, 420), "white")
    draw = ImageDraw.Draw(page)
    grounds, inks = [None, "yellow", "#1446a0", "#f07814", None, "#960000"], ["#000", "#000", "#fff"]
    for row, (line, ground, ink) in enumerate(zip(lines, grounds, [*inks, "#000", "#b9b9b9", "#fff"], strict=True)):
        top = 40 + 56 * row
        if ground is not None:
            left, _, right, _ = draw.textbbox((60, top), line, font=font)
            draw.rectangle((left - 6, top - 2, right + 6, top + 40), ground)
        draw.text((60, top), line, ink, font=font)
    return page.convert("L")


def looks(engine: ChildEngine, picture: Image.Image, name: str) -> tuple[Layout, Doubt, Layout]:
    """Return the first reading, the doubt and the second reading."""
    page = Page(BytesSource(pictures.save(picture)), 1, JobOptions(engine=name))
    first = engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    doubt = doubt_of(first, page.options)
    assert doubt is not None
    second = engine.recognise_again(page, doubt, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    assert second is not None
    return first, doubt, second


@pytest.mark.parametrize("name", ["tesserocr", "ppocr"])
def test_slanted_lines_are_made_level_to_be_read(engine: ChildEngine, name: str) -> None:
    slanted = printed().rotate(-7, Image.Resampling.BICUBIC, expand=True, fillcolor=250)
    first, doubt, second = looks(engine, slanted, name)
    assert doubt in {Doubt.SLANTED, Doubt.NO_WORDS}
    assert [line.text for line in second.lines] == LINES
    assert second.skew == pytest.approx(7, abs=0.5)
    assert (second.rotation, second.width, second.height) == (0, *slanted.size)
    assert counts_instead(first, second)


def test_words_of_slanted_lines_have_their_boxes_on_the_page_as_it_lies(engine: ChildEngine) -> None:
    slanted = printed().rotate(-7, Image.Resampling.BICUBIC, expand=True, fillcolor=250)
    *_, second = looks(engine, slanted, "ppocr")
    for word in (word for line in second.lines for word in line.words):
        ink = slanted.crop(word.bbox).point(lambda level: 255 if level < 128 else 0)
        assert ink.histogram()[255] > 10 * len(word.text), word


def test_what_stands_in_a_shadow_is_read_at_the_second_look(engine: ChildEngine) -> None:
    first, doubt, second = looks(engine, ImageChops.multiply(printed(), SHADOW), "tesserocr")
    assert doubt is Doubt.SHADED
    assert [line.text for line in second.lines] == LINES
    assert counts_instead(first, second)


@pytest.mark.parametrize("doubt", [Doubt.WEAK, Doubt.SLANTED])
def test_a_shadow_is_taken_away_from_a_weak_page_that_lies_straight(engine: ChildEngine, doubt: Doubt) -> None:
    page = Page(BytesSource(pictures.save(ImageChops.multiply(printed(), SHADOW))), 1, JobOptions(engine="tesserocr"))
    second = engine.recognise_again(page, doubt, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    assert second is not None
    assert [line.text for line in second.lines] == LINES


@pytest.mark.parametrize("turn", [0, 180])
def test_no_line_is_lost_among_highlighted_and_faint_ones(engine: ChildEngine, turn: int) -> None:
    first, _, second = looks(engine, highlighted().rotate(turn), "tesserocr")
    assert [line.text for line in first.lines] != LINES
    assert [line.text for line in second.lines] == LINES
    assert counts_instead(first, second)
    assert second.rotation == turn
    assert with_its_warning(second) == second


def test_what_a_second_look_leaves_is_told(engine: ChildEngine) -> None:
    page = highlighted()
    for row in range(30, 400, 14):  # waves that are no letters
        points = [(x, row + 5 * (x // 10 % 2)) for x in range(750, 890, 10)]
        ImageDraw.Draw(page).line(points, 60, 3)
    first, doubt, second = looks(engine, page, "tesserocr")
    assert doubt is Doubt.SHADED
    assert counts_instead(first, second)
    assert with_its_warning(second).warnings == (ItemWarning.NO_WORDS,)


def test_lines_that_the_models_find_and_cannot_read_are_told(engine: ChildEngine) -> None:
    unknown = "Щедрый жираф съел объём"
    page = Page(BytesSource(pictures.save(printed([*LINES[:4], unknown, unknown]))), 1, JobOptions(engine="ppocr"))
    layout = engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    assert [line.text for line in layout.lines] == LINES[:4]
    assert doubt_of(layout, page.options) is Doubt.SHADED
    assert with_its_warning(layout).warnings == (ItemWarning.NO_WORDS,)


def test_a_page_without_words_is_read_by_another_engine(engine: ChildEngine) -> None:
    page = Page(BytesSource(pictures.save(printed())), 1, JobOptions(engine="tesserocr"))
    read = engine.recognise(page, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    empty = Layout(read.width, read.height, read.engine, ("eng",), "", (), (ItemWarning.NO_WORDS,))
    name = second_engine(Doubt.NO_WORDS, empty, page.options, engine.offers)
    assert name == "ppocr"
    again = Page(page.source, 1, JobOptions(engine=name))
    second = engine.recognise_again(again, Doubt.NO_WORDS, timeout=timedelta(seconds=FOREVER), stop=threading.Event())
    assert second is not None
    assert (second.engine, second.rotation, second.skew) == (engine.offers["ppocr"].version, 0, 0.0)
    assert [line.text for line in second.lines] == LINES
