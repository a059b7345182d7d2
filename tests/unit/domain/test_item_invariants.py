from collections.abc import Callable
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import TransitionRefused
from ocrcore.domain.item import Item, Sweep
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.testing.builders import a_layout
from unit.domain.examples import LAYOUT_KEY, LEASE, NOW, pending

OFFSETS = st.sampled_from([-1, 0, 0, 0, 1])
CODES = st.sampled_from(ItemErrorCode)
LIMITS = st.integers(1, 3)


class ItemUnderAnyEvents(RuleBasedStateMachine):
    """Whatever happens to an item, in whatever order, what the fields say of each other stays true."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.item = pending(limit=2)
        self.before = self.item

    def _become(self, after: Item) -> None:
        self.before, self.item = self.item, after

    def _attempt(self, offset: int) -> int:
        return self.item.attempts + offset

    @rule(seconds=st.sampled_from([0, 1, 59, 60, 61, 3600]))
    def time_passes(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule()
    def claim(self) -> None:
        self._try(lambda: self.item.claim(self.now, LEASE))

    @rule(offset=OFFSETS)
    def heartbeat(self, offset: int) -> None:
        self._try(lambda: self.item.heartbeat(self._attempt(offset), self.now, LEASE))

    @rule(offset=OFFSETS, text=st.sampled_from(["", "text"]))
    def recognised(self, offset: int, text: str) -> None:
        layout = a_layout(text)
        self._try(lambda: self.item.recognised(self._attempt(offset), self.now, layout, LAYOUT_KEY))

    @rule(offset=OFFSETS, code=CODES)
    def failed(self, offset: int, code: ItemErrorCode) -> None:
        self._try(lambda: self.item.failed(self._attempt(offset), self.now, code))

    @rule(offset=OFFSETS, code=CODES)
    def released(self, offset: int, code: ItemErrorCode) -> None:
        self._try(lambda: self.item.released(self._attempt(offset), self.now, code))

    @rule(offset=OFFSETS)
    def given_back(self, offset: int) -> None:
        self._try(lambda: self.item.given_back(self._attempt(offset), self.now))

    @rule()
    def lease_lapsed(self) -> None:
        self._try(lambda: self.item.lease_lapsed(self.now))

    @rule(allowance=LIMITS, kind=st.sampled_from(["expire", "cancel", "retry"]))
    def swept(self, allowance: int, kind: str) -> None:
        sweeps = {
            "expire": Sweep.expire(self.now),
            "cancel": Sweep.cancel(self.now),
            "retry": Sweep.retry(self.now, allowance),
        }
        self._try(lambda: self.item.swept(sweeps[kind]))

    def _try(self, verb: Callable[[], Item]) -> None:
        try:
            self._become(verb())
        except TransitionRefused:
            self._become(self.item)

    @invariant()
    def attempts_never_go_down_and_never_pass_the_limit(self) -> None:
        assert self.before.attempts <= self.item.attempts <= self.item.attempts_limit

    @invariant()
    def done_is_final(self) -> None:
        assert self.before.status is not ItemStatus.DONE or self.item == self.before

    @invariant()
    def a_waiting_item_can_be_claimed(self) -> None:
        assert self.item.status is not ItemStatus.PENDING or self.item.attempts < self.item.attempts_limit

    @invariant()
    def fields_are_set_when_and_only_when_they_mean_something(self) -> None:
        item = self.item
        assert (item.lease_until is not None) == (item.status is ItemStatus.PROCESSING)
        assert (item.ocr_text is not None) == (item.status is ItemStatus.DONE)
        assert (item.engine is not None) == (item.status is ItemStatus.DONE)
        assert (item.layout_key is not None) == (item.status is ItemStatus.DONE)
        assert (item.error_code is not None) == (item.status is ItemStatus.ERROR)
        assert (item.error_msg is not None) == (item.status is ItemStatus.ERROR)
        assert item.last_failure is None or item.status is ItemStatus.PENDING
        assert (item.finished_at is not None) == (item.status in {ItemStatus.DONE, ItemStatus.ERROR})

    @invariant()
    def who_the_item_is_never_changes(self) -> None:
        item, first = self.item, pending()
        assert (item.id, item.job_id, item.s3_key) == (first.id, first.job_id, first.s3_key)
        assert (item.created_at, item.position, item.page) == (first.created_at, first.position, first.page)


TestItemUnderAnyEvents = ItemUnderAnyEvents.TestCase
TestItemUnderAnyEvents.settings = settings(max_examples=60)
