from hypothesis import given
from hypothesis import strategies as st

from adapters.aws.batches import batches


def test_things_come_in_portions() -> None:
    assert list(batches("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]
    assert list(batches("", 2)) == []


def test_a_portion_is_no_larger_than_it_may_be() -> None:
    assert list(batches([3, 3, 4, 9, 1], 3, size=int, most_size=10)) == [[3, 3, 4], [9, 1]]


def test_what_is_too_large_comes_alone() -> None:
    assert list(batches([1, 99, 1], 3, size=int, most_size=10)) == [[1], [99], [1]]


@given(st.lists(st.integers(0, 10)), st.integers(1, 5), st.integers(10, 30))
def test_nothing_is_lost_and_no_bound_broken(things: list[int], most: int, most_size: int) -> None:
    portions = list(batches(things, most, size=int, most_size=most_size))
    assert [thing for portion in portions for thing in portion] == things
    assert all(0 < len(portion) <= most and sum(portion) <= most_size for portion in portions)
