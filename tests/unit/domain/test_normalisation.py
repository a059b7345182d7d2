import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.normalisation import chosen_name, clean_name, normalise_text

ANYTHING = st.text(st.characters(codec=None, exclude_categories=())) | st.text(
    st.sampled_from("ae\N{COMBINING ACUTE ACCENT}\ud83d\ude00\r\n\f\v\t \x00\x85\xa0\u2028\u202e\N{EM SPACE}")
)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("", ""),
        ("plain", "plain"),
        ("one\r\ntwo", "one\ntwo"),
        ("one\ftwo\f", "one\ntwo"),
        ("one\rtwo", "onetwo"),
        ("one\xa0\ntwoX\nX \t", "one\xa0\ntwoX\nX"),
        ("one\r\r\ntwo", "one\ntwo"),
        ("a\x00b\x07c\x1b[31md\x7fe\x85f", "abc[31mdef"),
        ("tab\tstays", "tab\tstays"),
        ("lone \ud800 and \udfff", "lone  and"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("e\x00\N{COMBINING ACUTE ACCENT}", "\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("one  \t\n two \n\n\n", "one\n two"),
        ("  indented", "  indented"),
        (" \r\n\f\t ", ""),
        (
            "\N{GRINNING FACE} \u4f60\u597d \u05e9\u05dc\u05d5\u05dd",
            "\N{GRINNING FACE} \u4f60\u597d \u05e9\u05dc\u05d5\u05dd",
        ),
    ],
)
def test_text_is_kept_in_one_form(raw: str, kept: str) -> None:
    assert normalise_text(raw) == kept


@given(ANYTHING)
def test_a_text_in_that_form_is_left_alone(raw: str) -> None:
    once = normalise_text(raw)
    assert normalise_text(once) == once


@given(ANYTHING)
def test_any_text_can_be_stored(raw: str) -> None:
    text = normalise_text(raw)
    text.encode()
    assert unicodedata.is_normalized("NFC", text)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]|[ \t]$", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("", ""),
        ("\u200b\u2060\xad", ""),
        ("\u3164\u2800\u115f", ""),
        ("\u200bscan\u200d.jpg", "\u200bscan\u200d.jpg"),
        ("\u1f80\u03c9\u0313\u0342\u0345" * 127, "\u1f80\u1fa6" * 127),
        ("scan.jpg", "scan.jpg"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("C:\\scans\\a.jpg", "C:\\scans\\a.jpg"),
        ("a\x00b\r\nc\td\x1b[0m.jpg", "abcd[0m.jpg"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u2066\u2067\u2068\u2069\ufeffa", "a"),
        ("one\u2028two\u2029three\x85four", "onetwothreefour"),
        ("lone\ud800", "lone"),
        ("  blanks  ", "blanks"),
        ("cafe\N{COMBINING ACUTE ACCENT}", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"),
        ("x" * 5000, "x" * 255),
        ("x" * 254 + "  y", "x" * 254),
        ("\N{GRINNING FACE}" * 300, "\N{GRINNING FACE}" * 255),
    ],
)
def test_a_name_is_made_safe_to_show(raw: str, kept: str) -> None:
    assert clean_name(raw) == kept


@given(ANYTHING)
def test_any_name_becomes_one_short_line(raw: str) -> None:
    name = clean_name(raw)
    name.encode()
    assert len(name) <= 255
    assert len(name.splitlines()) <= 1
    assert clean_name(name) == name


@pytest.mark.parametrize("name", ["", " \u200e\n", "\u3164 \u200b", "a" * 256])
def test_a_name_that_somebody_chose_is_not_mended_silently(name: str) -> None:
    with pytest.raises(InvalidOption, match=r"^A job's name needs 1 to 255 visible characters\.$"):
        chosen_name(name)


def test_a_chosen_name_of_the_most_characters_is_kept() -> None:
    assert chosen_name(" " + "a" * 255) == "a" * 255


def test_blanks_are_removed_in_linear_time() -> None:
    assert normalise_text(" " * 2_000_000 + "x") == " " * 2_000_000 + "x"  # in quadratic time it would take an hour


def test_a_name_of_many_accents_is_cleaned_in_linear_time() -> None:
    assert len(clean_name("a" + "\u0301\u0316" * 1_000_000)) < 50
