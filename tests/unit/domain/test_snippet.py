from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.search_query import parse_query
from ocrcore.domain.snippet import boxes, snippet

FILL = "lorem ipsum dolor sit amet " * 20


def layout(*lines: str) -> Layout:
    """Return a page on which the word at place n of line m has the box (n, m, n + 1, m + 1)."""
    made = tuple(
        Line((0, row, 9, row + 1), tuple(Word(w, (n, row, n + 1, row + 1), 90.0) for n, w in enumerate(text.split())))
        for row, text in enumerate(lines)
    )
    return Layout(9, 9, "fake 1.0", ("eng",), "\n".join(lines), made)


def test_a_short_text_is_shown_whole_on_one_line() -> None:
    assert snippet("Dear Ana,\n\n  see you", parse_query("ana")) == "Dear Ana, see you"


def test_a_long_text_is_cut_at_blanks_around_the_find() -> None:
    shown = snippet(f"{FILL}Rechnung\nAB-4711 {FILL}", parse_query("ab-4711"))
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert "Rechnung AB-4711 lorem" in shown
    assert len(shown) < 210
    assert all(word in f"{FILL}Rechnung AB-4711".split() for word in shown.strip("…").split())


def test_the_place_with_the_most_phrases_is_shown() -> None:
    shown = snippet(f"alpha {FILL} alpha bravo {FILL} bravo", parse_query("bravo alpha"))
    assert "alpha bravo" in shown


def test_a_text_without_a_find_is_shown_from_its_beginning() -> None:
    assert snippet(FILL, parse_query("zebra")).startswith("lorem ipsum")
    assert snippet("", parse_query("zebra")) == ""


def test_a_text_of_finds_only_is_shown_in_time() -> None:
    assert snippet("a " * 19_000, parse_query("a")).startswith("a a")


def test_boxes_are_of_the_words_that_were_found() -> None:
    page = layout("Dear Ana and Ana", "AB-4711 Grüße")
    assert boxes(page, parse_query("ana grusse")) == [(1, 0, 2, 1), (3, 0, 4, 1), (1, 1, 2, 2)]
    assert boxes(page, parse_query("4711")) == [(0, 1, 1, 2)]
    assert boxes(page, parse_query("47*")) == [(0, 1, 1, 2)]


def test_a_phrase_has_the_boxes_of_its_words_and_of_no_others() -> None:
    page = layout("two words words two", "words")
    assert boxes(page, parse_query('"two words"')) == [(0, 0, 1, 1), (1, 0, 2, 1), (3, 0, 4, 1), (0, 1, 1, 2)]


def test_a_find_may_cross_boxes_where_letters_stand_alone() -> None:
    assert boxes(layout("東 京 都"), parse_query("東京")) == [(0, 0, 1, 1), (1, 0, 2, 1)]


@given(st.text(max_size=300), st.text(st.sampled_from("abc \u6771"), min_size=1, max_size=5))
def test_a_snippet_is_a_short_line_of_the_text(text: str, word: str) -> None:
    if not word.strip():
        return
    shown = snippet(text, parse_query(word)).strip("…")
    assert len(shown) <= 200
    assert "\n" not in shown
    assert shown in " ".join(text.split())
