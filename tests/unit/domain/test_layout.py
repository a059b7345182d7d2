from dataclasses import replace

from ocrcore.domain.layout import Line, Word
from unit.domain.examples import LAYOUT

BOX = (0, 0, 1, 1)


def test_a_line_reads_as_its_words() -> None:
    assert LAYOUT.lines[0].text == "Hello world"


def test_the_confidence_of_a_line_is_the_mean_over_its_words() -> None:
    assert LAYOUT.lines[0].confidence == 92.5


def test_the_confidence_of_a_page_is_the_mean_over_words_not_over_lines() -> None:
    lines = (Line(BOX, (Word("a", BOX, 0.0),)), Line(BOX, (Word("b", BOX, 90.0), Word("c", BOX, 100.0))))
    assert replace(LAYOUT, lines=lines).confidence == 63.33


def test_a_page_without_words_has_no_confidence() -> None:
    assert replace(LAYOUT, text="", lines=()).confidence is None
