from hypothesis import assume, given
from hypothesis import strategies as st

from ocrcore.domain.errors import InvalidPage
from ocrcore.domain.folding import units_of
from ocrcore.domain.search_query import SearchQuery, parse_query
from ocrcore.domain.search_terms import beginnings, has_phrases, owner_term, page_terms, terms_of, whole_terms

_LETTERS = st.sampled_from("abcABCäß1 2-\n\"'東京都タワーไทยмирЁשלום😀")
TEXTS = st.text(_LETTERS, max_size=40)


def is_found(query: SearchQuery, text: str) -> bool:
    return has_phrases(query, page_terms("ana", text))


def is_candidate(query: SearchQuery, text: str) -> bool:
    """Return whether an index finds the page by its terms."""
    terms = terms_of(page_terms("ana", text))
    starts = all(any(term.startswith(beginning) for term in terms) for beginning in beginnings(query))
    return whole_terms(query) <= terms and starts


@given(TEXTS, st.integers(0, 40), st.integers(1, 40))
def test_a_page_is_found_by_every_part_of_its_text(text: str, start: int, length: int) -> None:
    units = [unit.text for unit in units_of(text)][start : start + length]
    assume(units)
    assert is_found(parse_query(f'"{" ".join(units)}"'), text)


@given(TEXTS, TEXTS, st.booleans())
def test_an_index_finds_every_page_that_has_the_phrases(query_text: str, text: str, star: bool) -> None:  # noqa: FBT001 - drawn
    try:
        query = parse_query(query_text + "*" * star)
    except InvalidPage:
        return
    if is_found(query, text):
        assert is_candidate(query, text)


@given(TEXTS)
def test_a_page_is_found_by_the_beginning_of_each_word(text: str) -> None:
    for unit in units_of(text):
        assert is_found(parse_query(f"{unit.text[:1]}*"), text)


def test_a_word_is_not_found_by_its_end_or_middle() -> None:
    assert not is_found(parse_query("ello"), "hello")
    assert not is_found(parse_query("ell*"), "hello")
    assert not is_found(parse_query("hell"), "hello")


def test_a_phrase_needs_its_order() -> None:
    assert is_found(parse_query('"two words"'), "Two\nwords")
    assert not is_found(parse_query('"two words"'), "words two")
    assert not is_found(parse_query('"two words"'), "two other words")
    assert not is_found(parse_query('"two words"'), "two wordsmiths")


def test_a_word_without_blanks_is_found_by_pairs_of_letters() -> None:
    assert whole_terms(parse_query("北京市")) == {"\ue001北京", "\ue001京市"}
    assert whole_terms(parse_query("京")) == {"京"}
    assert is_found(parse_query("北京市"), "在北\n京市")
    assert not is_found(parse_query("京北"), "北京")


def test_owners_have_terms_of_their_own() -> None:
    assert owner_term("ana") != owner_term("bob")
    assert page_terms("ana", "x") == f"{owner_term('ana')} x"
    assert page_terms("ana", "") == owner_term("ana")
