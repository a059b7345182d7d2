from dataclasses import replace

import pytest

from adapters.engines.geometry import Letter, Quad, line_of, rows, words_along
from ocrcore.domain.layout import Line, Word

SIZE = (200, 200)
ACROSS: Quad = ((10, 20), (110, 20), (110, 40), (10, 40))
DOWN: Quad = ((20, 10), (40, 10), (40, 110), (20, 110))


def letters(text: str, confidence: float = 0.9) -> list[Letter]:
    """Return letters that share their line evenly; blanks have no place."""
    width = 1 / len(text)
    return [
        Letter(letter, 0.0 if letter.isspace() else (number + 0.5) * width, confidence)
        for number, letter in enumerate(text)
    ]


def line(text: str, x0: int, y0: int, x1: int, y1: int) -> Line:
    return line_of([Word(text, (x0, y0, x1, y1), 90.0)])


def test_words_are_parted_by_blanks_and_share_the_line() -> None:
    assert words_along(ACROSS, letters("ab cdefghi"), SIZE) == (
        Word("ab", (10, 20, 30, 40), 90.0),
        Word("cdefghi", (40, 20, 110, 40), 90.0),
    )


def test_a_line_of_one_letter_is_all_its_own() -> None:
    assert words_along(ACROSS, letters("a"), SIZE) == (Word("a", (10, 20, 110, 40), 90.0),)


@pytest.mark.parametrize("text", ["", " ", "\u3000"])
def test_without_letters_there_are_no_words(text: str) -> None:
    assert words_along(ACROSS, letters(text) if text else [], SIZE) == ()


def test_a_line_that_is_high_and_narrow_is_read_down_the_page() -> None:
    assert [word.bbox for word in words_along(DOWN, letters("ab cdefghi"), SIZE)] == [
        (20, 10, 40, 30),
        (20, 40, 40, 110),
    ]


def test_a_slanting_line_has_words_at_different_heights() -> None:
    slanting: Quad = ((0, 0), (100, 50), (90, 70), (-10, 20))
    first, last = words_along(slanting, letters("abcd efgh"), SIZE)
    assert first.bbox[1] < last.bbox[1] < first.bbox[3] < last.bbox[3]
    assert first.bbox[0] == 0


def test_a_box_ends_where_the_page_does_and_has_at_least_a_pixel() -> None:
    (word,) = words_along(((190, 190), (300, 190), (300, 300), (190, 300)), letters("edge"), SIZE)
    assert word.bbox == (190, 190, 200, 200)
    (word,) = words_along(((500, 500), (500, 500), (500, 500), (500, 500)), letters("out"), SIZE)
    assert word.bbox == (199, 199, 200, 200)


def test_a_word_is_as_sure_as_its_letters_are_on_average() -> None:
    words = words_along(ACROSS, [*letters("ab", 0.5), *letters(" "), *letters("cd", 0.98765)], SIZE)
    assert [word.confidence for word in words] == [50.0, 98.77]


def test_words_are_normalised() -> None:
    assert words_along(ACROSS, letters("a\u0303o"), SIZE)[0].text == "\u00e3o"


def test_lines_are_read_from_top_to_bottom_and_a_row_from_left_to_right() -> None:
    found = [line("9.50", 150, 62, 190, 78), line("Thanks", 10, 90, 80, 110), line("Total", 10, 60, 90, 80)]
    assert [row.text for row in rows(found)] == ["Total 9.50", "Thanks"]
    assert rows(found)[0].bbox == (10, 60, 190, 80)


def standing(text: str, x0: int, y0: int, x1: int, y1: int, *, slope: float = 0.0, offset: float = -4.0) -> Line:
    return replace(line(text, x0, y0, x1, y1), baseline=(slope, offset))


def test_parts_that_stand_in_one_line_have_its_baseline() -> None:
    (row,) = rows([standing("Total", 10, 60, 90, 80, slope=0.01), standing("9.50", 150, 62, 190, 82, slope=0.01)])
    assert row.bbox == (10, 60, 190, 82)
    assert row.baseline == pytest.approx((0.0139, -6.09))


@pytest.mark.parametrize(
    "price", [line("9.50", 150, 60, 190, 80), standing("9.50", 150, 60, 190, 80, offset=-12)], ids=["unknown", "higher"]
)
def test_parts_that_are_not_known_to_stand_in_one_line_have_no_baseline(price: Line) -> None:
    (row,) = rows([standing("Total", 10, 60, 90, 80), price])
    assert row.text == "Total 9.50"
    assert row.baseline is None


@pytest.mark.parametrize(
    "other", [(100, 70, 150, 90), (100, 40, 150, 62), (20, 60, 80, 80)], ids=["lower", "higher", "over it"]
)
def test_what_is_not_beside_a_line_is_another(other: tuple[int, int, int, int]) -> None:
    assert len(rows([line("one", 10, 60, 90, 80), line("other", *other)])) == 2


def test_a_narrow_letter_belongs_to_its_row() -> None:
    assert [row.text for row in rows([line("1", 5, 60, 12, 80), line("Bread", 20, 60, 90, 80)])] == ["1 Bread"]


def test_a_page_on_its_side_is_read_from_right_to_left() -> None:
    found = [line("third", 10, 10, 30, 150), line("first", 110, 12, 130, 150), line("second", 60, 8, 80, 150)]
    assert [row.text for row in rows(found)] == ["first", "second", "third"]


def test_nothing_makes_no_rows() -> None:
    assert rows([]) == []
