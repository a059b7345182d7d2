"""When a page is looked at again, by whom, and which reading counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ocrcore.domain.codes import ItemWarning
from ocrcore.domain.layout import Box, Layout, Line, Word, around, layout_of
from ocrcore.domain.looks import (
    Doubt,
    counts_instead,
    doubt_of,
    is_worth_a_look,
    second_engine,
    with_its_warning,
)
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import JobOptions

AUTO = JobOptions()
SIZE = (1000, 1000)
OFFERS = {
    "auto": Offer("ppocr 1", ("eng", "lit")),
    "tesserocr": Offer("tesserocr 1", ("eng", "heb", "lit")),
    "tesseract": Offer("tesseract 1", ("eng",)),
    "ppocr": Offer("ppocr 1", ("eng", "lit"), ("eng",)),
}
LIT = JobOptions(languages=("lit",))


def layout(*lines: tuple[Word, ...], engine: str = "tesseract 5.3.0") -> Layout:
    return layout_of([[Line(around(word.bbox for word in words), words) for words in lines]], SIZE, engine, ("eng",))


def read(confidence: float, engine: str = "tesseract 5.3.0", text: str = "HELLO") -> Layout:
    return layout((Word(text, (0, 0, 100, 20), confidence),), engine=engine)


def line(top: int, fall: int) -> tuple[Word, ...]:
    """Return a line of five words, of which each stands lower than the one before."""
    return tuple(Word("WORD", _box(place, top + place * fall), 96.0) for place in range(5))


def _box(place: int, top: int) -> Box:
    return place * 100, top, place * 100 + 80, top + 20


def down(left: int) -> tuple[Word, ...]:
    return (Word("DOWNWARDS", (left, 0, left + 20, 300), 96.0),)


@pytest.mark.parametrize(
    ("reading", "doubt"),
    [
        (read(96), None),
        (read(55), None),
        (read(54.9), Doubt.WEAK),
        (read(54.9, "ppocr v6"), Doubt.WEAK),
        (read(55, "ppocr v6"), None),
        (layout(), None),
        (replace(layout(), warnings=(ItemWarning.NO_WORDS,)), Doubt.NO_WORDS),
        (layout(down(0), down(40), down(80), line(500, 0)), Doubt.SIDEWAYS),
        (layout(line(0, 0), line(100, 0), down(900)), None),
        (layout(line(0, 4), line(100, 4)), Doubt.SLANTED),
        (layout(line(400, -4), line(500, -4)), Doubt.SLANTED),
        (layout(line(0, 2), line(100, 2)), None),
        (layout(line(0, 4)), None),
        (layout(line(0, 4), line(100, 0), line(200, 0)), None),
        (replace(read(96), unread=0.06), Doubt.SHADED),
        (replace(read(96), unread=0.04), None),
    ],
)
def test_a_doubt_follows_from_the_figures_of_a_reading(reading: Layout, doubt: Doubt | None) -> None:
    assert doubt_of(reading, AUTO) is doubt


def test_text_that_was_not_recognised_is_in_no_doubt() -> None:
    printed = layout((Word("HELLO", (0, 0, 10, 90), None),), engine="pdf-text 1")
    assert doubt_of(printed, AUTO) is None


@pytest.mark.parametrize("rotate", ["none", "90"])
def test_a_page_that_may_not_be_turned_is_in_doubt_for_other_reasons_only(rotate: str) -> None:
    options = JobOptions(rotate=rotate)
    assert doubt_of(read(10), options) is None
    assert doubt_of(layout(line(0, 4), line(100, 4)), options) is None
    assert doubt_of(replace(layout(), warnings=(ItemWarning.NO_WORDS,)), options) is Doubt.NO_WORDS
    assert doubt_of(replace(read(10), unread=0.5), options) is Doubt.SHADED


@pytest.mark.parametrize(
    ("doubt", "engine", "options", "default", "second"),
    [
        (Doubt.NO_WORDS, "tesserocr 5.5.4", AUTO, "auto", "ppocr"),
        (Doubt.NO_WORDS, "tesseract 5.3.0", AUTO, "auto", "ppocr"),
        (Doubt.NO_WORDS, "ppocr v6", AUTO, "auto", "tesserocr"),
        (Doubt.NO_WORDS, "ppocr v6", JobOptions(engine="ppocr"), "auto", "tesserocr"),
        (Doubt.NO_WORDS, "tesserocr 5.5.4", JobOptions(quality="fast"), "tesserocr", "ppocr"),
        (Doubt.NO_WORDS, "tesserocr 5.5.4", LIT, "auto", "ppocr"),
        (Doubt.NO_WORDS, "tesserocr 5.5.4", JobOptions(languages=("heb",)), "auto", "tesserocr"),
        (Doubt.WEAK, "ppocr v6", AUTO, "auto", "ppocr"),
        (Doubt.SHADED, "tesserocr 5.5.4", AUTO, "auto", "ppocr"),
        (Doubt.SHADED, "ppocr v6", AUTO, "auto", "tesserocr"),
        (Doubt.SHADED, "tesserocr 5.5.4", JobOptions(quality="best"), "tesserocr", "ppocr"),
        (Doubt.WEAK, "renamed 1", AUTO, "auto", "auto"),
    ],
)
def test_another_engine_looks_where_it_may_see_more(
    doubt: Doubt, engine: str, options: JobOptions, default: str, second: str
) -> None:
    assert second_engine(doubt, read(50, engine), options, OFFERS, default) == second


@pytest.mark.parametrize(
    ("options", "default"),
    [
        (JobOptions(engine="tesserocr"), "auto"),
        (AUTO, "tesserocr"),
        (JobOptions(quality="fast"), "auto"),
        (LIT, "auto"),
        (replace(LIT, quality="best"), "auto"),
    ],
    ids=["named by the job", "named by the operator", "fast", "read badly by the other", "best, and read badly"],
)
def test_a_choice_that_was_made_holds_for_a_page_with_shadows_too(options: JobOptions, default: str) -> None:
    assert second_engine(Doubt.SHADED, read(50, "tesserocr 5.5.4"), options, OFFERS, default) == "tesserocr"


@pytest.mark.parametrize(("options", "default"), [(JobOptions(engine="ppocr"), "auto"), (AUTO, "ppocr")])
def test_nobody_looks_again_where_the_same_engine_would_be_given_the_same_picture(
    options: JobOptions, default: str
) -> None:
    assert second_engine(Doubt.SHADED, read(50, "ppocr v6"), options, OFFERS, default) is None


def test_ink_that_no_look_found_words_in_is_told() -> None:
    for unread, warnings in ((0.05, ()), (0.051, (ItemWarning.NO_WORDS,))):
        assert with_its_warning(replace(read(96), unread=unread)).warnings == warnings
    cut = replace(read(96), unread=0.5, warnings=(ItemWarning.SECOND_LOOK_CUT,))
    assert with_its_warning(cut).warnings == (ItemWarning.SECOND_LOOK_CUT, ItemWarning.NO_WORDS)
    assert with_its_warning(replace(layout(), unread=1.0, warnings=(ItemWarning.NO_WORDS,))).warnings == (
        ItemWarning.NO_WORDS,
    )


def test_a_second_look_needs_half_as_much_time_again_as_the_first() -> None:
    assert is_worth_a_look(timedelta(seconds=2), timedelta(seconds=3))
    assert not is_worth_a_look(timedelta(seconds=2), timedelta(seconds=2.9))
    assert not is_worth_a_look(timedelta(), timedelta())


def test_the_reading_with_more_certain_letters_counts() -> None:
    assert counts_instead(read(40), read(96))
    assert not counts_instead(read(96), read(40))
    assert not counts_instead(read(96), read(96))
    assert not counts_instead(read(40), read(40))


def test_the_reading_of_a_page_that_was_turned_counts_if_it_is_about_as_good() -> None:
    long = read(96, text="A" * 100)
    assert counts_instead(long, replace(read(96, text="A" * 95), rotation=90))
    assert counts_instead(long, replace(read(96, text="A" * 95), skew=2.0))
    assert not counts_instead(long, replace(read(96, text="A" * 94), rotation=90))
    assert not counts_instead(long, replace(read(96, text="A" * 95), skew=0.0))


def test_where_there_was_no_word_most_letters_must_be_certain() -> None:
    sure, unsure = Word("HELLO", (0, 0, 9, 9), 96.0), Word("NOISE", (0, 0, 9, 9), 20.0)
    assert counts_instead(layout(), layout((sure,)))
    assert not counts_instead(layout(), layout((sure, unsure)))
    assert not counts_instead(layout(), layout())
