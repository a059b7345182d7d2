"""Outcomes: what one attempt came to, and what that makes of its item."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Look


@dataclass(frozen=True, slots=True)
class Recognised:
    """The engine returned a layout; it is stored before the outcome is committed."""

    layout: Layout
    layout_key: str
    #: In their order.
    looks: tuple[Look, ...] = ()

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this outcome."""
        return item.recognised(attempt, now, self.layout, self.layout_key, self.looks)


@dataclass(frozen=True, slots=True)
class Failed:
    """The item can never be read."""

    code: ItemErrorCode

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this outcome."""
        return item.failed(attempt, now, self.code)


@dataclass(frozen=True, slots=True)
class Released:
    """The attempt failed; another one may succeed."""

    code: ItemErrorCode

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this outcome."""
        return item.released(attempt, now, self.code)


@dataclass(frozen=True, slots=True)
class GivenBack:
    """The attempt ended through no fault of the item and does not count."""

    #: How long the message stays hidden.
    delay: timedelta = timedelta()

    def apply(self, item: Item, attempt: int, now: datetime) -> Item:
        """Return the item after this outcome."""
        return item.given_back(attempt, now)


Outcome = Recognised | Failed | Released | GivenBack
