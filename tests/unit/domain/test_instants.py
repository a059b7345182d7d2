import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ocrcore.domain.instants import format_instant, parse_instant, shown_instant

INSTANTS = st.datetimes(timezones=st.just(UTC))


@pytest.fixture
def abroad(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set the machine's time zone to five hours behind UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "XYZ+5")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2024, 2, 29, 12, 0, tzinfo=UTC), "2024-02-29T12:00:00.000000Z"),
        (datetime(2024, 2, 29, 12, 0, 0, 1, tzinfo=UTC), "2024-02-29T12:00:00.000001Z"),
        (datetime(2024, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2023-12-31T23:00:00.000000Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00.000000Z"),
    ],
)
def test_an_instant_is_written_in_utc_with_microseconds(instant: datetime, text: str) -> None:
    assert format_instant(instant) == text


@given(INSTANTS)
def test_an_instant_reads_as_it_was_written(instant: datetime) -> None:
    read = parse_instant(format_instant(instant))
    assert (read, read.tzinfo) == (instant, UTC)


@given(INSTANTS, INSTANTS)
def test_written_instants_sort_as_instants_do(one: datetime, other: datetime) -> None:
    assert (format_instant(one) < format_instant(other)) == (one < other)


@pytest.mark.parametrize("text", ["2024-02-29T14:00:00+02:00", "2024-02-29T12:00Z", "20240229T120000Z"])
def test_any_iso_8601_with_an_offset_is_read(text: str) -> None:
    assert parse_instant(text) == datetime(2024, 2, 29, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["", "now", "2024-02-29", "2024-02-29T12:00:00", "2023-02-29T12:00:00Z", "0001-01-01T00:00:00+01:00", "1709208000"],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the kind is the promise; the words are the standard library's
        parse_instant(text)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2024-02-29T12:00:00", "an instant needs Z or an offset"),
        ("0001-01-01T00:00:00+01:00", "an instant must lie within the years 1 to 9999"),
        ("9999-12-31T23:59:59-01:00", "an instant must lie within the years 1 to 9999"),
    ],
)
def test_a_refused_instant_is_told_what_it_lacks(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        parse_instant(text)


@pytest.mark.usefixtures("abroad")
def test_the_time_zone_of_the_machine_changes_no_instant() -> None:
    assert format_instant(datetime(2024, 2, 29, 12, 0, tzinfo=UTC)) == "2024-02-29T12:00:00.000000Z"
    assert parse_instant("2024-02-29T12:00:00Z").tzinfo is UTC


def test_an_instant_in_a_sentence_has_seconds_and_says_that_it_is_utc() -> None:
    assert shown_instant(datetime(2024, 2, 29, 12, 3, 4, 567890, tzinfo=UTC)) == "2024-02-29 12:03:04 UTC"
