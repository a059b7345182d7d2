from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.durations import LAST_INSTANT, format_duration, later, parse_duration, parse_stored
from ocrcore.testing.builders import START

TEXTS = st.builds(lambda number, unit: f"{number}{unit}", st.integers(0, 999_999_999), st.sampled_from(["", *"smhd"]))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("30", 30),
        ("30s", 30),
        ("007s", 7),
        ("2m", 120),
        ("1h", 3600),
        ("2d", 172_800),
        ("36500d", 36_500 * 86_400),
        ("999999999", 999_999_999),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == parse_stored(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["36501d", "876001h", "999999999d"])
def test_no_text_is_a_duration_that_leads_to_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a duration is at most 36500d$"):
        parse_duration(text)
    assert parse_stored(text) > timedelta(days=36_500)


def test_an_instant_after_all_others_is_the_last_one() -> None:
    assert later(START, timedelta(days=36_500)) == START + timedelta(days=36_500)
    for duration in (datetime(9999, 12, 31, 1, tzinfo=UTC) - START, timedelta(days=9_999_999), timedelta.max):
        assert later(START, duration) == LAST_INSTANT
    assert LAST_INSTANT.astimezone(timezone(timedelta(hours=14))).year == 9999


@pytest.mark.parametrize(
    "text",
    ["", "s", "-1s", "+1s", "1.5h", "1 s", " 1s", "1s ", "1s\n", "1S", "1w", "1h30m", "1e3", "\u0663s", "1" * 10],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a duration is an integer followed by s, m, h or d, as 90s or 2d$"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0s"), (1, "1s"), (60, "1m"), (90, "90s"), (3600, "1h"), (86_400, "1d"), (90_000, "25h")]
)
def test_a_duration_is_written_as_short_as_can_be(seconds: int, text: str) -> None:
    assert format_duration(timedelta(seconds=seconds)) == text


@given(TEXTS)
def test_what_is_written_reads_as_what_was_read(text: str) -> None:
    duration = parse_stored(text)
    assert parse_stored(format_duration(duration)) == duration
    assert len(format_duration(duration)) <= max(len(text) + 1, 2)
