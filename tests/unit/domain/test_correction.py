from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calls import calls_of
from ocrcore.domain.correction import (
    MAX_CORRECTION,
    MAX_CORRECTIONS,
    Correction,
    Edit,
    Place,
    after,
    checked_edits,
    corrected_layout,
    differing,
    is_repeat,
    rewrite,
    texts_at,
)
from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.layout import Layout, Line, Word, layout_of, turned_box

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SIZE = (1000, 800)


def line(number: int, *texts: str) -> Line:
    """Return a line whose words are 100 wide, with 10 between them."""
    top = 10 + 40 * number
    words = tuple(Word(text, (10 + 110 * at, top, 110 + 110 * at, top + 30), 80.0) for at, text in enumerate(texts))
    return Line((10, top, words[-1].bbox[2], top + 30), words)


PAGE = layout_of(
    [[line(0, "Tho", "quick", "fox"), line(1, "jumps")], [line(2, "over", "it")]], SIZE, "fake 1.0", ("eng",)
)


def stands(line_number: int, word: int | None, text: str, revision: int = 1) -> Correction:
    return Correction(Place(line_number, word), text, revision, "ana", NOW)


def shown(*corrections: Correction, layout: Layout = PAGE) -> Layout:
    page = corrected_layout(layout, corrections)
    assert page.is_whole
    assert all(one.words for one in page.lines)
    return page


def told(layout: Layout) -> list[list[str]]:
    return [[word.text for word in one.words] for one in layout.lines]


def test_a_page_without_corrections_is_as_it_was_recognised() -> None:
    assert corrected_layout(PAGE, []) is PAGE


def test_a_word_is_replaced_where_it_stands_and_counts_as_certain() -> None:
    page = shown(stands(0, 0, "The"))
    assert page.text == "The quick fox\njumps\n\nover it"
    assert page.lines[0].words == (Word("The", (10, 10, 110, 40), 100.0), *PAGE.lines[0].words[1:])
    assert page.lines[1:] == PAGE.lines[1:]


def test_words_of_text_that_was_not_recognised_stay_without_a_confidence() -> None:
    lines = tuple(replace(one, words=tuple(replace(w, confidence=None) for w in one.words)) for one in PAGE.lines)
    page = shown(stands(0, 0, "The"), layout=replace(PAGE, lines=lines))
    assert page.confidence is None


def test_a_word_that_became_several_is_divided_by_its_letters() -> None:
    page = shown(stands(1, 0, "jum ps away"))
    assert [(word.text, word.bbox) for word in page.lines[1].words] == [
        ("jum", (10, 50, 37, 80)),
        ("ps", (46, 50, 64, 80)),
        ("away", (73, 50, 110, 80)),
    ]
    assert page.text == "Tho quick fox\njum ps away\n\nover it"


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_word_is_divided_in_the_direction_of_reading(rotation: int) -> None:
    turned = replace(PAGE.turned(-rotation), rotation=rotation)
    page = shown(stands(1, 0, "jum ps away"), layout=turned)
    upright = [turned_box(word.bbox, (page.width, page.height), rotation) for word in page.lines[1].words]
    assert upright == [word.bbox for word in shown(stands(1, 0, "jum ps away")).lines[1].words]


def test_an_empty_text_removes_the_word_and_the_line_of_the_last_one() -> None:
    assert told(shown(stands(0, 1, ""))) == [["Tho", "fox"], ["jumps"], ["over", "it"]]
    page = shown(stands(1, 0, ""))
    assert page.text == "Tho quick fox\n\nover it"
    assert told(page) == [["Tho", "quick", "fox"], ["over", "it"]]


def test_a_paragraph_that_is_removed_leaves_no_gap() -> None:
    page = shown(stands(2, None, ""))
    assert page.text == "Tho quick fox\njumps"
    page = shown(stands(0, None, ""), stands(1, None, ""))
    assert page.text == "over it"
    assert shown(*(stands(number, None, "") for number in range(3))).text == ""


def test_words_that_a_line_keeps_keep_their_places() -> None:
    page = shown(stands(0, None, "The quick brown fox"))
    words = page.lines[0].words
    assert [word.text for word in words] == ["The", "quick", "brown", "fox"]
    assert words[-1] == PAGE.lines[0].words[-1]
    assert words[0].bbox[0] == 10
    assert all(left.bbox[2] <= right.bbox[0] for left, right in pairwise(words))
    assert page.lines[0].bbox == PAGE.lines[0].bbox


def test_words_that_are_only_added_share_the_place_of_a_neighbour() -> None:
    for text in ("Tho quick brown fox", "a Tho quick fox", "Tho quick fox ran"):
        words = shown(stands(0, None, text)).lines[0].words
        assert " ".join(word.text for word in words) == text
        assert all(left.bbox[2] <= right.bbox[0] for left, right in pairwise(words))


def test_a_line_of_as_many_words_is_corrected_one_by_one() -> None:
    words = shown(stands(0, None, "The quiet ox")).lines[0].words
    assert [word.bbox for word in words] == [word.bbox for word in PAGE.lines[0].words]


def test_lines_that_nobody_corrected_keep_their_blanks() -> None:
    page = replace(PAGE, text="Tho  quick fox\njumps\n\nover\tit")
    assert shown(stands(1, 0, "leaps"), layout=page).text == "Tho  quick fox\nleaps\n\nover\tit"


def test_a_text_whose_lines_are_others_is_made_of_the_lines() -> None:
    page = replace(PAGE, text="Tho quick\nfox jumps over it")
    assert shown(stands(1, 0, "leaps"), layout=page).text == "Tho quick fox\nleaps\nover it"
    page = replace(PAGE, text="Tho quick\nfox jumps\n\nover it")
    assert shown(stands(1, 0, "leaps"), layout=page).text == "Tho quick fox\nleaps\n\nover it"


def test_scripts_without_blanks_are_joined_without() -> None:
    page = layout_of([[line(0, "東", "京", "都")]], SIZE, "fake 1.0", ("jpn",))
    assert shown(stands(0, 1, "景"), layout=page).text == "東景都"
    assert shown(stands(0, None, "東京タワー"), layout=page).text == "東京タワー"


def test_what_says_the_same_as_was_recognised_changes_nothing() -> None:
    same = [stands(0, None, "Tho quick fox"), stands(1, 0, "jumps")]
    assert corrected_layout(PAGE, same) is PAGE
    assert differing(PAGE, same) == {}


def test_the_text_at_a_place_is_the_one_that_is_shown() -> None:
    corrections = [stands(0, 0, "The"), stands(2, None, "over the dog")]
    places = [Place(0, 0), Place(0, 1), Place(0, None), Place(2, 0)]
    assert texts_at(places, PAGE, corrections) == ["The", "quick", "The quick fox", "over the dog"]
    assert texts_at([Place(1, None)], PAGE, [stands(1, None, "")]) == [""]


def test_the_texts_of_twice_as_many_places_are_twice_the_work() -> None:
    def work(words: int) -> int:
        wide = layout_of([[line(0, *["x"] * words)]], (10**6, 800), "fake 1.0", ("eng",))
        places = [Place(0, word) for word in range(words)]
        return calls_of(lambda: texts_at(places, wide, [stands(0, None, "y " * words)]))

    assert work(400) < 3 * work(200)


def test_texts_are_kept_on_one_line_in_nfc() -> None:
    (edit,) = checked_edits([Edit(Place(0, 0), "  cafe\u0301\tau\u2028lait\x00 ")], PAGE, [])
    assert edit.text == "caf\u00e9 au lait"


@pytest.mark.parametrize(
    ("place", "named"),
    [
        (Place(3, 0), "corrections[1].line: the page has 3 lines"),
        (Place(-1, 0), "corrections[1].line"),
        (Place(10**30, None), "corrections[1].line"),
        (Place(0, 3), "corrections[1].word: the line was recognised with 3 words"),
        (Place(0, -1), "corrections[1].word"),
        (Place(1, 0), "corrections[1] is about the same place"),
        (Place(1, None), "corrections[0].word: line 1 is corrected as a whole"),
    ],
)
def test_a_place_that_makes_no_sense_is_named(place: Place, named: str) -> None:
    with pytest.raises(InvalidOption) as refused:
        checked_edits([Edit(Place(1, 0), "a"), Edit(place, "b")], PAGE, [])
    assert str(refused.value).startswith(named)


def test_a_page_without_lines_has_no_places() -> None:
    with pytest.raises(InvalidOption, match="has no lines"):
        checked_edits([Edit(Place(0, 0), "a")], layout_of([], SIZE, "fake 1.0", ("eng",)), [])


def test_limits_are_kept() -> None:
    assert checked_edits([Edit(Place(0, 0), "x" * MAX_CORRECTION)], PAGE, [])
    with pytest.raises(InvalidOption, match=r"corrections\[0\].text"):
        checked_edits([Edit(Place(0, 0), "x" * (MAX_CORRECTION + 1))], PAGE, [])
    wide = layout_of([[line(0, *["x"] * (MAX_CORRECTIONS + 1))]], (10**6, 800), "fake 1.0", ("eng",))
    edits = [Edit(Place(0, at), "y") for at in range(MAX_CORRECTIONS + 1)]
    assert len(checked_edits(edits[:-1], wide, [])) == MAX_CORRECTIONS
    for wrong in (edits, []):
        with pytest.raises(InvalidOption, match="1 to 1000"):
            checked_edits(wrong, wide, [])


def test_a_word_of_a_line_that_was_corrected_as_a_whole_is_refused_until_the_line_is_as_recognised() -> None:
    edit = Edit(Place(0, 0), "The")
    with pytest.raises(InvalidOption, match="as a whole"):
        checked_edits([edit], PAGE, [stands(0, None, "The slow fox")])
    standing = [stands(0, None, "Tho quick fox")]
    change = rewrite(checked_edits([edit], PAGE, standing), standing, revision=2, actor="ana", now=NOW)
    assert after(standing, change) == [stands(0, 0, "The", 2)]


def test_a_repeat_is_the_same_change_and_no_part_of_it() -> None:
    standing = [stands(0, 0, "The", 2), stands(1, 0, "leaps", 2), stands(2, 0, "upon", 1)]
    edits = [Edit(Place(1, 0), "leaps"), Edit(Place(0, 0), "The")]
    assert is_repeat(edits, standing, 2)
    assert not is_repeat(edits[:1], standing, 2)
    assert not is_repeat([*edits, Edit(Place(2, 0), "upon")], standing, 2)
    assert not is_repeat(edits, standing, 1)


_PLACES = st.sampled_from(
    [Place(number, word) for number, one in enumerate(PAGE.lines) for word in (None, *range(len(one.words)))]
)
_TEXTS = st.sampled_from(["", "a", "The", "two words", "three of them", "jumps", "東京"])


@given(st.lists(st.lists(st.tuples(_PLACES, _TEXTS), min_size=1, max_size=4), max_size=6))
def test_however_a_page_is_corrected_it_is_whole_and_every_word_is_on_its_line(
    changes: list[list[tuple[Place, str]]],
) -> None:
    standing: list[Correction] = []
    for number, change in enumerate(changes, 1):
        edits = [Edit(place, text) for place, text in change]
        try:
            checked = checked_edits(edits, PAGE, standing)
        except InvalidOption:
            continue
        rewritten = rewrite(checked, standing, revision=number, actor="ana", now=NOW)
        standing = list(after(standing, rewritten))
        assert len({one.place for one in standing}) == len(standing)
        page = shown(*standing)
        assert texts_at([edit.place for edit in checked], PAGE, standing) == [edit.text for edit in checked]
        assert (page.width, page.height) == SIZE
        for one in page.lines:
            for word in one.words:
                assert word.text
                assert one.bbox[0] <= word.bbox[0] <= word.bbox[2] <= one.bbox[2]
                assert one.bbox[1] <= word.bbox[1] <= word.bbox[3] <= one.bbox[3]
