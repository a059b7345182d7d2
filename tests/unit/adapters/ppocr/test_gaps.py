import numpy as np
import pytest

from adapters.ppocr.gaps import after_doubtful_gaps, with_gaps
from adapters.ppocr.readings import Reading
from adapters.ppocr.text_line import TextLine
from unit.adapters.ppocr.lines import line, reading


def text(found: Reading) -> str:
    return "".join(found.letters)


def test_a_wide_gap_between_two_letters_is_a_blank() -> None:
    found = with_gaps(Reading(("A", "B"), (0, 6), (1.0, 1.0)), line(range(2), range(6, 8)))
    assert (text(found), found.columns, found.confidences) == ("A B", (0, 3, 6), (1.0, 1.0, 1.0))


def test_a_narrow_gap_is_none() -> None:
    close = Reading(("A", "B"), (0, 3), (1.0, 1.0))
    assert text(with_gaps(close, line(range(2), range(3, 6)))) == "AB"
    assert not after_doubtful_gaps(close, line(range(2), range(3, 6)))


def test_a_gap_of_a_middle_width_is_doubtful() -> None:
    doubtful = Reading(("A", "B", "C"), (0, 4, 6), (1.0, 1.0, 1.0))
    doubted = line(range(2), range(4, 8))
    doubted.pixels[:, 28:32] = 0  # 12 pixels are left
    assert text(with_gaps(doubtful, doubted)) == "ABC"
    assert list(after_doubtful_gaps(doubtful, doubted)) == [1]


@pytest.mark.parametrize("letters", [("A", " "), (" ", "B")])
def test_a_gap_beside_a_blank_is_none_of_its_own(letters: tuple[str, str]) -> None:
    assert with_gaps(Reading(letters, (0, 6), (1.0, 1.0)), line(range(2), range(6, 8))).letters == letters


def test_light_letters_on_dark_have_the_gaps_of_dark_ones_on_light() -> None:
    dark = line(range(2), range(6, 8), range(12, 20))
    assert dark.gaps
    for levels in ((0, 255), (40, 250)):
        light = TextLine(np.where(dark.pixels == 0, levels[1], levels[0]).astype(np.uint8))
        assert light.gaps == dark.gaps


def test_paper_without_ink_has_no_gaps() -> None:
    assert text(with_gaps(reading("ABC"), TextLine(np.full((48, 320), 200, np.uint8)))) == "ABC"


def test_a_line_without_letters_stays_empty() -> None:
    assert with_gaps(Reading((), (), ()), line(range(4))) == Reading((), (), ())
