import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.page_ranges import EVERY_PAGE, parse_pages


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("all", [1, 2, 3, 4, 5]),
        ("2", [2]),
        ("2-4", [2, 3, 4]),
        ("4-", [4, 5]),
        ("5,1", [1, 5]),
        ("1-3,2-4", [1, 2, 3, 4]),
        ("3-99", [3, 4, 5]),
        ("6,7-", []),
        ("1, 3 - 4", [1, 3, 4]),
    ],
)
def test_a_list_has_these_pages_of_five(text: str, pages: list[int]) -> None:
    assert list(parse_pages(text).within(5)) == pages


@pytest.mark.parametrize(
    "text", ["", "0", "-3", "3-2", "a", "1,,2", "1-2-3", "1;2", "1" * 7, "\N{ARABIC-INDIC DIGIT THREE}"]
)
def test_any_other_list_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        parse_pages(text)


def test_a_list_has_a_hundred_parts_at_most() -> None:
    assert list(parse_pages(",".join(["1"] * 100)).within(1)) == [1]
    with pytest.raises(ValueError, match=r"^$"):
        parse_pages(",".join(["1"] * 101))


def test_without_a_list_there_are_all_pages() -> None:
    assert list(EVERY_PAGE.within(3)) == [1, 2, 3]
    assert str(EVERY_PAGE) == "all"


@given(st.lists(st.tuples(st.integers(1, 99), st.none() | st.integers(1, 99)), min_size=1, max_size=20))
def test_a_list_is_written_as_it_is_read(pairs: list[tuple[int, int | None]]) -> None:
    text = ",".join(f"{first}-" if last is None else f"{first}-{max(first, last)}" for first, last in pairs)
    ranges = parse_pages(text)
    assert parse_pages(str(ranges)) == ranges
