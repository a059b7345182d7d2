import pytest

from adapters.ppocr.letters import Letters


@pytest.mark.parametrize("letter", ["a", "Z", "7", "é", "ő", "ș", "ẞ", "€", "”", "…", " ", "", "½"])
def test_latin_has_letters_accents_digits_and_signs(letter: str) -> None:
    assert Letters.LATIN.include(letter)


@pytest.mark.parametrize("letter", ["的", "あ", "Ω", "ж", "א", "《", "e的"])
def test_latin_has_no_others(letter: str) -> None:
    assert not Letters.LATIN.include(letter)
    assert Letters.ALL.include(letter)
