import numpy as np
import pytest

from adapters.ppocr.places import placed
from adapters.ppocr.readings import Reading
from adapters.ppocr.text_line import TextLine
from unit.adapters.ppocr.lines import line


def inks(columns: tuple[int, ...], *inked: range) -> list[tuple[float, float] | None]:
    """Return the ink of letters in these columns, in columns, on a line with ink in others."""
    letters = placed(Reading(("x",) * len(columns), columns, (1.0,) * len(columns)), line(*inked))
    return [None if letter.ink is None else (letter.ink[0] * 40, letter.ink[1] * 40) for letter in letters]


def test_a_letter_has_the_edges_of_its_ink() -> None:
    assert inks((3, 9), range(2, 5), range(8, 11)) == [(2, 5), (8, 11)]


def test_letters_that_touch_have_the_edges_of_all_of_them() -> None:
    assert inks((3, 5), range(2, 8)) == [(2, 8), (2, 8)]


def test_a_letter_beside_its_column_is_found_there() -> None:
    assert inks((4,), range(5, 7)) == [(5, 7)]


def test_a_letter_without_ink_near_it_has_no_edges() -> None:
    assert inks((1, 12), range(5, 7)) == [None, None]


def test_a_rule_is_not_the_ink_of_a_letter() -> None:
    reading = Reading(("x",), (30,), (1.0,))
    assert placed(reading, line(range(80), columns=100))[0].ink is None


@pytest.mark.parametrize("grey", [0, 255])
def test_a_line_without_ink_or_ground_has_no_edges(grey: int) -> None:
    found = placed(Reading(("x",), (3,), (1.0,)), TextLine(np.full((48, 320), grey, np.uint8)))
    assert [(letter.place, letter.ink) for letter in found] == [(28 / 320, None)]
