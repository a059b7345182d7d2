"""The contract of ``RejectedMessages``."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest

from ocrcore.ports.rejected import RejectedMessages
from ocrcore.testing.builders import START

#: The record under test, and a look at everything that it kept: (body, instant) by id.
Rejections = tuple[RejectedMessages, Callable[[], Mapping[str, tuple[str, datetime]]]]


class RejectedMessagesContract:
    """Every promise of ``RejectedMessages``; a subclass gives the fixture ``rejections``."""

    @pytest.fixture
    def rejections(self) -> Rejections:
        """Return the adapter under test, empty, and a way to read what it kept."""
        raise NotImplementedError

    def test_a_message_is_kept(self, rejections: Rejections) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "not ours 🙂 '\"", START)
        assert kept() == {"m-1": ("not ours 🙂 '\"", START)}

    def test_the_first_thousand_characters_are_kept(self, rejections: Rejections) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "漢" * 1001, START)
        rejected.record("m-2", "x" * 1000, START)
        assert kept() == {"m-1": ("漢" * 1000, START), "m-2": ("x" * 1000, START)}

    def test_the_same_id_again_changes_nothing(self, rejections: Rejections) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "first", START)
        rejected.record("m-1", "second", START + timedelta(1))
        assert kept() == {"m-1": ("first", START)}

    def test_an_empty_body_is_kept(self, rejections: Rejections) -> None:
        rejected, kept = rejections
        rejected.record("m-1", "", START)
        assert kept() == {"m-1": ("", START)}
