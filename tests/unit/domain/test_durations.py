from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.durations import format_duration, parse_duration

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
        ("999999999d", 999_999_999 * 86_400),
    ],
)
def test_a_duration_is_read(text: str, seconds: int) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


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
    duration = parse_duration(text)
    assert parse_duration(format_duration(duration)) == duration
    assert len(format_duration(duration)) <= max(len(text) + 1, 2)
