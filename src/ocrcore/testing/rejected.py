"""The contract of ``RejectedMessages``."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from ocrcore.ports.rejected import RejectedMessages, Rejections
from ocrcore.testing.builders import START

#: The adapter under test, and a function that returns its records: (body, instant) by id.
Kept = tuple[RejectedMessages, Callable[[], Mapping[str, tuple[str, datetime]]]]


class RejectedMessagesContract:
    """The contract of ``RejectedMessages``. Override the fixture ``rejections``."""

    @pytest.fixture
    def rejections(self) -> Kept:
        """Return the adapter under test, empty, and a function that returns its records."""
        raise NotImplementedError

    def test_a_message_is_kept(self, rejections: Kept) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "not ours 🙂 '\"", START)
        assert kept() == {"m-1": ("not ours 🙂 '\"", START)}

    def test_the_first_thousand_characters_are_kept(self, rejections: Kept) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "漢" * 1001, START)
        rejected.record("m-2", "x" * 1000, START)
        assert kept() == {"m-1": ("漢" * 1000, START), "m-2": ("x" * 1000, START)}

    def test_the_same_id_again_changes_nothing(self, rejections: Kept) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "first", START)
        rejected.record("m-1", "second", START + timedelta(1))
        assert kept() == {"m-1": ("first", START)}

    def test_an_empty_body_is_kept(self, rejections: Kept) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "", START)
        assert kept() == {"m-1": ("", START)}

    def test_nothing_that_was_kept_has_no_summary(self, rejections: Kept) -> None:
        assert rejections[0].summary() is None

    def test_a_summary_says_how_many_and_which_came_last(self, rejections: Kept) -> None:
        rejected, _ = rejections
        for number, seconds in enumerate((1, 3, 2)):
            rejected.record(f"m-{number}", "x", START + timedelta(seconds=seconds))
        assert rejected.summary() == Rejections(3, "m-1", START + timedelta(seconds=3))
