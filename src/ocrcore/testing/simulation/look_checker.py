"""The checker of second looks at pages: their time, and what becomes of the first reading."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from ocrcore.application.policy import Policy
from ocrcore.domain.item import Item
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Actor, Kernel, micros

#: The largest difference between the time of a look and that which its process measured.
_DOUBT: Final = 10 * SECOND
#: How an attempt may end that is none of the engine's business.
_OF_OTHERS: Final = frozenset({"too-many-attempts", "expired", "cancelled", "source-missing"})


@dataclass(slots=True)
class _Looks:
    """The looks of one attempt: when the first began and ended, and how the second went."""

    began: int
    leaps: int
    ended: int | None = None
    again: bool = False
    ended_again: bool = False


class LookChecker:
    """Follows the looks of every attempt."""

    def __init__(self, kernel: Kernel, policy: Policy) -> None:
        self._kernel = kernel
        self._limit = micros(policy.item_timeout)
        self._looks: dict[tuple[UUID, int], _Looks] = {}

    def begun(self, actor: Actor | None) -> None:
        """Note that the first look at a page begins."""
        if (about := _attempt_of(actor)) is not None:
            self._looks[about] = _Looks(self._kernel.now, self._kernel.leaps)

    def ended(self, actor: Actor | None) -> None:
        """Note that the page was read once."""
        if (looks := self._of(actor)) is not None:
            looks.ended = self._kernel.now

    def begun_again(self, actor: Actor | None, timeout: timedelta) -> None:
        """Check that there is time for a second look."""
        looks = self._of(actor)
        if looks is None or looks.ended is None or looks.again:
            self._fail(Invariant.LOOKS_SHARE_TIME, "a page is looked at again that was not read once in this attempt")
            return
        looks.again = True
        took, given = looks.ended - looks.began, micros(timeout)
        if self._kernel.leaps == looks.leaps and given > self._limit - took + _DOUBT:
            self._fail(Invariant.LOOKS_SHARE_TIME, f"a second look has {given} us after one of {took} us")
        if given < 3 * took // 2 - 3 * _DOUBT:
            self._fail(Invariant.LOOKS_SHARE_TIME, f"a second look begins with {given} us after one of {took} us")

    def ended_again(self, actor: Actor | None) -> None:
        """Note that the page was read again."""
        if (looks := self._of(actor)) is not None:
            looks.ended_again = True

    def attempt_ended(self, item: Item) -> None:
        """Check that an attempt did not fail by a second look."""
        looks = self._looks.get((item.id, item.attempts))
        code = item.error_code or item.last_failure
        if looks is not None and looks.again and code is not None and code not in _OF_OTHERS:
            self._fail(Invariant.FIRST_READING_KEPT, f"item {item.id} was read, and its attempt ended by {code}")

    def is_first_reading(self, item: Item, text: str, claimed: int) -> bool:
        """Return whether an item has the first reading of a page that lies on its head, which must have a warning.

        ``claimed`` is when its attempt began: a process that is paused before the first look counts that time to it.
        """
        if item.ocr_text != text[::-1]:
            return False
        looks = self._looks.get((item.id, item.attempts))
        if looks is None or looks.ended_again:
            return False
        if "second-look-cut" not in item.warnings:
            self._fail(Invariant.FIRST_READING_KEPT, f"item {item.id} is read badly, and has no warning")
        took = (looks.ended or looks.began) - claimed
        if not looks.again and looks.leaps == self._kernel.leaps and 5 * took < 2 * self._limit - 5 * _DOUBT:
            self._fail(Invariant.LOOKS_SHARE_TIME, f"item {item.id} is read badly, and there was time to look again")
        return True

    def was_cut(self, item: Item) -> bool:
        """Return whether a second look at an item began and did not end."""
        looks = self._looks.get((item.id, item.attempts))
        return looks is not None and looks.again and not looks.ended_again

    def _of(self, actor: Actor | None) -> _Looks | None:
        about = _attempt_of(actor)
        return None if about is None else self._looks.get(about)

    def _fail(self, invariant: Invariant, detail: str) -> None:
        self._kernel.fail(invariant, detail)


def _attempt_of(actor: Actor | None) -> tuple[UUID, int] | None:
    claimed = None if actor is None else actor.claimed
    return (claimed.id, claimed.attempts) if isinstance(claimed, Item) else None
