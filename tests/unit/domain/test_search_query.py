import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.errors import InvalidPage
from ocrcore.domain.search_query import MAX_QUERY, Phrase, parse_query


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("Two words", [Phrase(("two",)), Phrase(("words",))]),
        ('"Two words"', [Phrase(("two", "words"))]),
        ("“Two words” „drei Wörter“", [Phrase(("two", "words")), Phrase(("drei", "worter"))]),
        ("wor*", [Phrase(("wor",), is_open=True)]),
        ('"two wor*"', [Phrase(("two", "wor"), is_open=True)]),
        ("AB-4711", [Phrase(("ab", "4711"))]),
        ("東京*", [Phrase(("東", "京"))]),
        ("a - b", [Phrase(("a",)), Phrase(("b",))]),
        ("same same", [Phrase(("same",))]),
        ('no"blank"', [Phrase(("no",)), Phrase(("blank",))]),
    ],
)
def test_a_query_is_read_as_phrases(text: str, phrases: list[Phrase]) -> None:
    assert list(parse_query(text).phrases) == phrases


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "q needs a word to search for; it has no letter and no digit."),
        (" - *", "q needs a word to search for; it has no letter and no digit."),
        ('""', "q needs a word to search for; it has no letter and no digit."),
        ('"two words', 'q has a quote without an end; a phrase is written "two words".'),
        ("x" * (MAX_QUERY + 1), "q may have 500 characters; it has 501."),
        ("1 2 3 4 5 6 7 8 9 0 " * 6, "q may have 50 words."),
    ],
)
def test_a_query_that_cannot_be_read_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    if sentence.endswith("50 words."):
        text = " ".join(str(number) for number in range(51))
    with pytest.raises(InvalidPage) as refused:
        parse_query(text)
    assert str(refused.value) == sentence


def test_a_query_may_be_composed_or_not() -> None:
    for text in ("caf\u00e9", "\uac00\ub098", "\u304c"):
        assert parse_query(unicodedata.normalize("NFD", text)) == parse_query(text)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        query = parse_query(text)
    except InvalidPage:
        return
    assert all(phrase.units for phrase in query.phrases)
