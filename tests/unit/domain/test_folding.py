import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.folding import MAX_UNIT, MAX_UNITS, stands_alone, units_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def texts(text: str) -> list[str]:
    return [unit.text for unit in units_of(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Grüße, AB-4711!", ["grusse", "ab", "4711"]),
        ("Straße STRASSE", ["strasse", "strasse"]),
        ("ﬁnal İstanbul", ["final", "istanbul"]),
        ("e\u0301t\u00e9", ["ete"]),
        ("ΣΊΣΥΦΟΣ σίσυφος", ["σισυφοσ", "σισυφοσ"]),
        ("Ёлка", ["елка"]),
        ("مُحَمَّد أحمد كتـــاب", ["محمد", "احمد", "كتاب"]),
        ("שָׁלוֹם", ["שלום"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("東京2026年 Tower", ["東", "京", "2026", "年", "tower"]),
        ("がか ガ ｶﾞ", ["が", "か", "ガ", "ガ"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("한국어 문서", ["한국어", "문서"]),
        ("20 °C 😀👍🏽", ["20", "°", "c", "😀", "👍"]),
        ("soft\u00adhyphen zero\u200bwidth", ["softhyphen", "zerowidth"]),
        ("½ ²", ["1", "2", "2"]),
        ("snake_case don't", ["snake", "case", "don", "t"]),
        (" \n\t.,;", []),
        ("", []),
    ],
)
def test_a_text_is_read_as_its_units(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


@given(TEXTS)
def test_units_stand_where_they_say_and_in_order(text: str) -> None:
    start = end = 0
    for unit in units_of(text):
        assert start <= unit.start < unit.end <= len(text)
        assert end <= unit.end
        assert text[unit.start : unit.end].strip()
        start, end = unit.start, unit.end


@given(TEXTS)
def test_folding_a_unit_again_changes_nothing(text: str) -> None:
    for unit in units_of(text):
        assert texts(unit.text) == [unit.text]


@given(TEXTS)
def test_case_makes_no_difference(text: str) -> None:
    simple = "".join(letter for letter in text if letter.upper().lower() == letter)
    assert texts(simple.upper()) == texts(simple)


@given(TEXTS, TEXTS)
def test_a_gap_separates_what_stands_before_from_what_stands_after(first: str, second: str) -> None:
    assert texts(f"{first} {second}") == texts(first) + texts(second)


@given(TEXTS)
def test_a_unit_is_of_letters_digits_or_one_symbol(text: str) -> None:
    for unit in texts(text):
        assert " " not in unit
        assert '"' not in unit
        assert not stands_alone(unit) or len(unit) == 1


def test_of_a_long_word_the_first_characters_count() -> None:
    assert texts("a" * 1000) == ["a" * MAX_UNIT]
    assert texts("ä" * 1000) == ["a" * MAX_UNIT]


def test_of_a_long_text_the_first_units_count() -> None:
    assert len(units_of("a " * (MAX_UNITS + 5))) == MAX_UNITS


def test_a_letter_with_very_many_marks_is_read() -> None:
    assert texts("a" + "\u0301" * 10_000 + "b") == ["ab"]
