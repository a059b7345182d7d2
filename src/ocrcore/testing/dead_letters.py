"""The contract of ``DeadLetters``, with a clock that the suite advances."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest

from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.testing.queue_timed import Hands

#: Longer than the visibility timeout of dead letters.
_LATER: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Graveyard:
    """A dead-letter queue and the means to control it."""

    letters: DeadLetters
    #: Adds a dead letter with this body.
    bury: Callable[[str], None]
    #: The clock of the queue.
    clock: Hands


class DeadLettersContract:
    """The contract of ``DeadLetters``. Override the fixture ``graveyard``."""

    @pytest.fixture
    def graveyard(self) -> Graveyard:
        """Return the adapter under test, empty."""
        raise NotImplementedError

    def test_there_are_none_at_first(self, graveyard: Graveyard) -> None:
        assert graveyard.letters.receive(10) == []

    def test_a_letter_is_the_message_that_died(self, graveyard: Graveyard) -> None:
        graveyard.bury("not ours 🙂")
        (letter,) = graveyard.letters.receive(10)
        assert letter.body == "not ours 🙂"
        assert letter.receive_count >= 1

    def test_a_letter_is_hidden_and_comes_again(self, graveyard: Graveyard) -> None:
        graveyard.bury("a")
        (first,) = graveyard.letters.receive(1)
        assert graveyard.letters.receive(1) == []
        graveyard.clock.advance(_LATER)
        (second,) = graveyard.letters.receive(1)
        assert second.message_id == first.message_id
        assert second.receive_count > first.receive_count

    def test_a_deleted_letter_does_not_come_again(self, graveyard: Graveyard) -> None:
        for body in ("a", "b"):
            graveyard.bury(body)
        gone, kept = graveyard.letters.receive(2)
        graveyard.letters.delete([gone.receipt])
        graveyard.letters.delete([gone.receipt, "", "x"])
        graveyard.letters.delete([])
        graveyard.clock.advance(_LATER)
        assert [letter.message_id for letter in graveyard.letters.receive(10)] == [kept.message_id]

    def test_never_more_than_the_limit_is_handed_out(self, graveyard: Graveyard) -> None:
        for body in ("a", "b", "c"):
            graveyard.bury(body)
        assert [len(graveyard.letters.receive(2)) for _ in range(2)] == [2, 1]

    @pytest.mark.parametrize("limit", [-1, 0, 11])
    def test_one_to_ten_can_be_received(self, graveyard: Graveyard, limit: int) -> None:
        with pytest.raises(ValueError, match="10"):
            graveyard.letters.receive(limit)

    def test_hidden_letters_are_counted_too(self, graveyard: Graveyard) -> None:
        assert graveyard.letters.count() == 0
        for body in ("a", "b", "c"):
            graveyard.bury(body)
        (letter,) = graveyard.letters.receive(1)
        assert graveyard.letters.count() == 3
        graveyard.letters.delete([letter.receipt])
        assert graveyard.letters.count() == 2
