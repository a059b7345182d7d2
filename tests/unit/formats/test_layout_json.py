"""A layout as JSON knows it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.formats.layout_json import layout_from_dict, layout_of_document, layout_to_dict

_SIDE = 40_000


@st.composite
def boxes(draw: st.DrawFn) -> tuple[int, int, int, int]:
    sides = st.tuples(st.integers(0, _SIDE), st.integers(0, _SIDE)).map(sorted)
    (x0, x1), (y0, y1) = draw(sides), draw(sides)
    return x0, y0, x1, y1


words = st.builds(Word, st.text(), boxes(), st.none() | st.floats(0, 100).map(lambda number: round(number, 2)))
baselines = st.none() | st.tuples(st.floats(-1, 1), st.floats(-_SIDE, _SIDE))
lines = st.builds(Line, boxes(), st.lists(words, min_size=1).map(tuple), baselines)
layouts = st.builds(
    Layout,
    width=st.just(_SIDE),
    height=st.just(_SIDE),
    engine=st.text(),
    languages=st.lists(st.text()).map(tuple),
    text=st.text(),
    lines=st.lists(lines).map(tuple),
    dpi=st.none() | st.floats(1, 2400),
    rotation=st.sampled_from((0, 90, 180, 270)),
    skew=st.none() | st.floats(-12, 12),
)


def page() -> dict[str, Any]:
    word = Word("Hello", (1, 2, 30, 12), 96.25)
    line = Line((1, 2, 60, 12), (word, Word("you", (32, 2, 60, 12), 90.0)))
    return layout_to_dict(Layout(100, 50, "tesseract 5.3.0", ("eng", "por"), "Hello you", (line,)))


@given(layouts)
def test_every_layout_comes_back_from_json(layout: Layout) -> None:
    assert layout_from_dict(json.loads(json.dumps(layout_to_dict(layout)))) == layout


def test_the_form_is_the_published_one_in_its_order() -> None:
    assert json.dumps(page()) == (
        '{"width": 100, "height": 50, "engine": "tesseract 5.3.0", "languages": ["eng", "por"], "text": "Hello you",'
        ' "confidence": 93.12, "lines": [{"text": "Hello you", "bbox": [1, 2, 60, 12], "confidence": 93.12, "words":'
        ' [{"text": "Hello", "bbox": [1, 2, 30, 12], "confidence": 96.25},'
        ' {"text": "you", "bbox": [32, 2, 60, 12], "confidence": 90.0}], "baseline": null}]}'
    )


def test_a_rotation_is_told_only_of_pages_that_were_turned() -> None:
    assert "rotation" not in page()
    assert layout_from_dict(page() | {"rotation": 180}).rotation == 180
    with pytest.raises(ValueError, match="no multiple of 90"):
        layout_from_dict(page() | {"rotation": 45})


def test_a_skew_is_told_of_pages_that_were_looked_at_again() -> None:
    assert "skew" not in page()
    assert layout_from_dict(page() | {"skew": -2.5}).skew == -2.5
    for wrong in (True, "2", 46, float("nan")):
        with pytest.raises(ValueError, match="no number of degrees"):
            layout_from_dict(page() | {"skew": wrong})


def test_a_line_tells_its_baseline_if_it_is_known() -> None:
    told = page()
    told["lines"][0]["baseline"] = [0.01, -4]
    layout = layout_from_dict(told)
    assert layout.lines[0].baseline == (0.01, -4.0)
    assert layout_to_dict(layout) == told


def test_lines_of_older_releases_have_no_baseline() -> None:
    told = page()
    del told["lines"][0]["baseline"]
    layout = layout_from_dict(told)
    assert layout.lines[0].baseline is None
    assert layout_to_dict(layout) == page()


@pytest.mark.parametrize(
    "value", ["flat", 1, [], [0.1], [0, 1, 2], [0, None], [True, 0], [float("nan"), 0], [0, float("inf")], [0, 10**400]]
)
def test_an_odd_baseline_is_refused(value: object) -> None:
    odd = page()
    odd["lines"][0]["baseline"] = value
    with pytest.raises(ValueError, match="no layout"):
        layout_from_dict(odd)


def test_keys_of_a_newer_release_are_passed_over_at_every_level() -> None:
    newer = page()
    for level in (newer, *newer["lines"], *(word for line in newer["lines"] for word in line["words"])):
        level["newer"] = {"text": "x"}
    assert layout_of_document(newer) == layout_from_dict(page())
    with pytest.raises(ValueError, match="other keys"):
        layout_from_dict(newer)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        page() | {"lines": None},
        page() | {"lines": [None]},
        page() | {"lines": [{"words": 3}]},
        page() | {"lines": [{"words": ["x"]}]},
    ],
)
def test_what_is_no_stored_layout_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no layout"):
        layout_of_document(value)


def test_a_page_without_words_has_no_confidence() -> None:
    blank = layout_to_dict(Layout(1, 1, "none", ("eng",), "", ()))
    assert blank["confidence"] is None
    assert layout_from_dict(blank).confidence is None


@pytest.mark.parametrize("value", [None, [], "", 1, {}, {"text": "Hello"}, page() | {"more": 1}])
def test_what_is_no_layout_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="no layout"):
        layout_from_dict(value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("width", -1),
        ("width", 100.0),
        ("height", True),
        ("height", "50"),
        ("engine", None),
        ("languages", "eng"),
        ("languages", [1]),
        ("text", b"Hello"),
        ("confidence", None),
        ("confidence", 50.0),
        ("lines", None),
        ("lines", [[]]),
    ],
)
def test_a_field_of_another_type_is_refused(key: str, value: object) -> None:
    with pytest.raises(ValueError, match="no layout"):
        layout_from_dict(page() | {key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bbox", [1, 2, 101, 12]),
        ("bbox", [1, 2, 30, 51]),
        ("bbox", [30, 2, 1, 12]),
        ("bbox", [1, 2, 3]),
        ("bbox", [1.5, 2, 30, 12]),
        ("confidence", 101),
        ("confidence", float("nan")),
        ("confidence", True),
        ("confidence", "high"),
        ("text", None),
    ],
)
def test_an_odd_word_is_refused(key: str, value: object) -> None:
    odd = page()
    odd["lines"][0]["words"][0][key] = value
    with pytest.raises(ValueError, match="no layout"):
        layout_from_dict(odd)


def test_a_line_without_words_is_refused() -> None:
    odd = page()
    odd["lines"][0]["words"] = []
    with pytest.raises(ValueError, match="without words"):
        layout_from_dict(odd)
