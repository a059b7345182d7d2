import pytest

from ocrcore.domain.fairness import MOST_REFUSALS, has_its_share, may_refuse, most_ahead, next_round


@pytest.mark.parametrize(("receives", "may"), [(1, True), (MOST_REFUSALS, True), (MOST_REFUSALS + 1, False)])
def test_a_message_is_refused_three_times_at_most(receives: int, *, may: bool) -> None:
    assert may_refuse(receives) is may


@pytest.mark.parametrize(
    ("in_flight", "slots", "has"),
    [(0, 1, False), (1, 1, True), (0, 2, False), (1, 2, True), (6, 8, False), (7, 8, True), (8, 8, True)],
)
def test_the_last_slot_is_for_others(in_flight: int, slots: int, *, has: bool) -> None:
    assert has_its_share(in_flight, slots) is has


@pytest.mark.parametrize(
    ("slots", "seconds", "most"),
    [(2, None, 10), (2, 0.01, 10), (2, 0.25, 8), (2, 1.0, 2), (2, 30.0, 2), (1, 0.5, 2), (16, 0.1, 16), (16, 9.0, 16)],
)
def test_a_receive_is_for_a_second_or_for_a_page_of_each_slot(slots: int, seconds: float | None, most: int) -> None:
    assert most_ahead(slots, seconds) == most


@pytest.mark.parametrize(
    ("current", "last_of_job", "comes_into"),
    [(None, None, 0), (0, None, 1), (7, None, 8), (7, 7, 8), (7, 12, 13), (7, 3, 8), (None, 4, 5)],
)
def test_a_message_comes_after_this_round_and_after_its_jobs_last(
    current: int | None, last_of_job: int | None, comes_into: int
) -> None:
    assert next_round(current, last_of_job) == comes_into
