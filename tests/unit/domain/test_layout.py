import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from adapters.imaging.turning import turned as turned_picture
from ocrcore.domain.layout import Box, Layout, Line, Word, layout_of
from unit.domain.examples import LAYOUT

BOX = (0, 0, 1, 1)


def test_a_line_reads_as_its_words() -> None:
    assert LAYOUT.lines[0].text == "Hello world"


def test_the_confidence_of_a_line_is_the_mean_over_its_words() -> None:
    assert LAYOUT.lines[0].confidence == 92.5


def test_the_confidence_of_a_page_is_the_mean_over_words_not_over_lines() -> None:
    lines = (Line(BOX, (Word("a", BOX, 0.0),)), Line(BOX, (Word("b", BOX, 90.0), Word("c", BOX, 100.0))))
    assert replace(LAYOUT, lines=lines).confidence == 63.33


def test_text_that_was_not_recognised_has_no_confidence() -> None:
    line = Line(BOX, (Word("a", BOX, None), Word("b", BOX, None)))
    assert line.confidence is replace(LAYOUT, lines=(line,)).confidence is None


def test_a_page_without_words_has_no_confidence() -> None:
    assert replace(LAYOUT, text="", lines=()).confidence is None


@pytest.mark.parametrize("text", ["Hello world", "Hello\nworld", " Hello\n\n world ", "Helloworld"])
def test_a_layout_is_whole_if_its_text_has_the_letters_of_its_lines(text: str) -> None:
    assert replace(LAYOUT, text=text).is_whole


@pytest.mark.parametrize("text", ["", "Hello", "Hello world!", "world Hello"])
def test_a_layout_with_more_or_fewer_letters_is_not_whole(text: str) -> None:
    assert not replace(LAYOUT, text=text).is_whole


def test_a_margin_is_taken_off_every_box() -> None:
    line = Line((25, 22, 80, 60), (Word("a", (25, 22, 80, 60), 90.0),))
    inner = replace(LAYOUT, width=140, height=90, lines=(line,)).without_margin(20)
    assert (inner.width, inner.height) == (100, 50)
    assert inner.lines[0].bbox == inner.lines[0].words[0].bbox == (5, 2, 60, 40)


def test_a_box_that_reaches_into_the_margin_ends_at_the_edge_of_the_page() -> None:
    line = Line((3, 0, 139, 15), (Word("a", (3, 0, 139, 15), 90.0),))
    assert replace(LAYOUT, width=140, height=90, lines=(line,)).without_margin(20).lines[0].bbox == (0, 0, 100, 1)


def test_a_baseline_stays_where_it_is_if_a_box_ends_at_the_edge_of_the_page() -> None:
    line = Line((3, 30, 139, 75), (Word("a", (3, 30, 139, 75), 90.0),), (0.1, -10))
    layout = replace(LAYOUT, width=140, height=90, lines=(line,))
    (inner,) = layout.without_margin(20).lines
    assert inner.bbox == (0, 10, 100, 50)
    assert inner.baseline == (
        0.1,
        -3.3,
    )  # 45.7 pixels down after 17 of the box's left part are cut, and 46.7 - 50 after


@pytest.mark.parametrize(
    ("rotation", "ends"),
    [
        (0, ((10, 26), (90, 34))),
        (90, ((26, 90), (34, 10))),
        (180, ((90, 24), (10, 16))),
        (270, ((24, 10), (16, 90))),
    ],
)
def test_a_baseline_runs_along_its_line_on_the_page_as_it_lies(
    rotation: int, ends: tuple[tuple[int, int], tuple[int, int]]
) -> None:
    read = replace(LAYOUT, width=100, height=50, lines=(replace(LAYOUT.lines[0], baseline=(0.1, -4)),))
    lying = replace(read.turned(-rotation), rotation=rotation)
    (line,) = lying.lines
    assert line.baseline == (0.1, -4)
    assert lying.baseline_ends(line) == ends
    assert lying.clipped_baseline(line) == (0.1, -4)
    assert lying.baseline_ends(replace(line, baseline=None)) is None


def test_a_baseline_is_slanted_with_its_page() -> None:
    line = Line((10, 40, 190, 60), (Word("a", (10, 40, 190, 60), 90.0),), (0.0, -10.0))
    level = replace(LAYOUT, width=200, height=100, lines=(line,))
    (slanted,) = level.slanted(5, (200, 100)).lines
    assert slanted.baseline is not None
    slope, offset = slanted.baseline
    assert slope == pytest.approx(math.tan(math.radians(5)), abs=1e-4)
    middle = slanted.bbox[3] + offset + slope * (100 - slanted.bbox[0])
    assert middle == pytest.approx(50, abs=0.1)  # it went through the middle, about which the page was turned


def test_a_baseline_stays_on_its_line_at_another_size() -> None:
    line = Line((10, 20, 61, 41), (Word("a", (10, 20, 61, 41), 90.0),), (0.1, -5.0))
    small = replace(LAYOUT, width=100, height=60, lines=(line,))
    page = small.resized((150, 90))
    (large,) = page.lines
    assert (page.width, page.height) == (150, 90)
    assert large.bbox == large.words[0].bbox == (15, 30, 92, 62)
    assert large.baseline == (0.1, -8.0)  # from (10, 36) to (15, 54), eight above the box
    assert small.resized((100, 60)) is small


SIZES = st.tuples(st.integers(1, 90), st.integers(1, 90))


@st.composite
def pages(draw: st.DrawFn) -> Layout:
    """Return a page with boxes anywhere on it."""
    width, height = draw(SIZES)
    xs, ys = (draw(st.lists(st.integers(0, side), min_size=2, max_size=2).map(sorted)) for side in (width, height))
    box = xs[0], ys[0], xs[1], ys[1]
    return replace(LAYOUT, width=width, height=height, lines=(Line(box, (Word("a", box, 90.0),)),))


@given(pages(), st.sampled_from((0, 90, 180, 270)))
def test_a_page_that_is_turned_and_turned_back_is_as_before(page: Layout, degrees: int) -> None:
    turned = page.turned(degrees)
    assert turned.turned(-degrees) == page
    assert {turned.width, turned.height} == {page.width, page.height}
    (x0, y0, x1, y1) = turned.lines[0].bbox
    assert 0 <= x0 <= x1 <= turned.width
    assert 0 <= y0 <= y1 <= turned.height


@given(pages(), SIZES)
def test_at_another_size_a_box_stays_on_the_page(page: Layout, size: tuple[int, int]) -> None:
    ((x0, y0, x1, y1),) = (line.bbox for line in page.resized(size).lines)
    assert 0 <= x0 <= x1 <= size[0]
    assert 0 <= y0 <= y1 <= size[1]


@given(pages(), st.sampled_from((90, 180, 270)))
def test_a_box_moves_as_the_pixels_under_it_do(page: Layout, degrees: int) -> None:
    picture = Image.new("L", (page.width, page.height))
    box = page.lines[0].bbox
    picture.paste(255, box)
    assert turned_picture(picture, degrees).getbbox() == (
        page.turned(degrees).lines[0].bbox if picture.getbbox() else None
    )


def test_lines_become_paragraphs_with_an_empty_line_between_them() -> None:
    one, two = (Line(BOX, (Word(text, BOX, 90.0),)) for text in ("one", "two"))
    layout = layout_of([[one, two], [one]], (1, 1), "fake 1", ("eng",))
    assert layout.text == "one\ntwo\n\none"
    assert layout.lines == (one, two, one)
    assert layout.is_whole


@pytest.mark.parametrize(
    ("box", "kept"),
    [
        ((500, 30, 600, 40), (99, 10, 100, 20)),
        ((30, 500, 40, 600), (10, 49, 20, 50)),
        ((30, 30, 30, 30), (10, 10, 11, 11)),
        ((0, 0, 5, 5), (0, 0, 1, 1)),
        ((20, 20, 120, 70), (0, 0, 100, 50)),
    ],
)
def test_a_box_keeps_at_least_a_pixel_of_the_page(box: Box, kept: Box) -> None:
    line = Line(box, (Word("a", box, 90.0),))
    assert replace(LAYOUT, width=140, height=90, lines=(line,)).without_margin(20).lines[0].bbox == kept


def test_a_margin_of_one_pixel_is_a_margin() -> None:
    assert replace(LAYOUT, width=140, height=90, lines=()).without_margin(1).width == 138


def test_a_layout_names_its_engine_and_languages() -> None:
    layout = layout_of([], (1, 1), "fake 1", ("eng",))
    assert (layout.engine, layout.languages) == ("fake 1", ("eng",))
