"""Letters of fonts that were seen to look like what they mean."""

from adapters.engines.seen_letters import SeenLetters
from adapters.imaging.page_text import PageFont

FONT, OTHER, UNKNOWN = PageFont(b"one"), PageFont(b"other"), PageFont()


def test_a_letter_is_remembered_for_its_font() -> None:
    seen = SeenLetters()
    seen.add(FONT, "a")
    assert seen.has(FONT, "a")
    assert not seen.has(FONT, "b")
    assert not seen.has(OTHER, "a")


def test_nothing_is_remembered_of_a_font_that_is_not_known() -> None:
    seen = SeenLetters()
    seen.add(UNKNOWN, "a")
    assert not seen.has(UNKNOWN, "a")


def test_the_letter_that_was_longest_not_asked_for_is_forgotten_first() -> None:
    seen = SeenLetters(most=2)
    seen.add(FONT, "a")
    seen.add(FONT, "b")
    assert seen.has(FONT, "a")
    seen.add(FONT, "c")
    assert [seen.has(FONT, letter) for letter in "abc"] == [True, False, True]
