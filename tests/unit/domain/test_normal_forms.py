"""Normal forms: Unicode's own where there are few marks, and linear time where there are many."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.joining import join_words, letters
from ocrcore.domain.normal_forms import MOST_MARKS, nfc, nfd
from ocrcore.domain.normalisation import clean_name, normalise_text

#: Below and above a letter: two that are not in order, so that a long run of them takes quadratic time to be sorted.
UNORDERED = "\u0301\u0316"
#: Letters with marks of their own, marks that are two, that join a letter, or have no class, and what ends a run.
_CHOSEN = st.sampled_from(
    "a\u1ead\u1ea5\u01d8\u1f82\u0301\u0302\u0316\u0323\u0328\u0344\u0f73\u0f71\u0e48\u0e38\u2260 ."
)


@given(st.text())
def test_of_texts_as_people_write_them_nothing_is_dropped(text: str) -> None:
    assert (nfc(text), nfd(text)) == (unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))


@given(st.text(_CHOSEN, max_size=12), st.text(_CHOSEN), st.integers(0, 40))
def test_a_normal_form_is_normal_and_stays_as_it_is(start: str, text: str, times: int) -> None:
    composed, decomposed = nfc(start * times + text), nfd(start * times + text)
    assert unicodedata.is_normalized("NFC", composed)
    assert unicodedata.is_normalized("NFD", decomposed)
    assert (nfc(composed), nfd(decomposed)) == (composed, decomposed)


def test_as_many_marks_stay_as_no_writing_has() -> None:
    assert nfc("x" + "\u0316" * 5000 + "yz") == "x" + "\u0316" * MOST_MARKS + "yz"
    assert nfc("x" + "\u0316" * MOST_MARKS) == "x" + "\u0316" * MOST_MARKS
    assert nfd("\u00e9" + "\u0301" * 5000) == "e" + "\u0301" * MOST_MARKS


@pytest.mark.parametrize("form", [nfc, nfd, normalise_text, clean_name, letters])
def test_a_letter_with_a_million_marks_takes_no_time(form: Callable[[str], str]) -> None:
    assert len(form("x" + UNORDERED * 500_000 + "y")) == 2 + MOST_MARKS  # in quadratic time it would take minutes


def test_words_of_nothing_but_marks_are_joined_and_compared_in_no_time() -> None:
    words = [UNORDERED] * 100_000
    assert len(letters(" ".join(words))) == MOST_MARKS
    thai = ["\u0e48\u0e38"] * 100_000  # in scripts without blanks the marks of several words come together
    assert len(join_words(thai)) == MOST_MARKS
