"""Model-based test of ``Queue``: random histories, compared with a small model."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from ocrcore.ports.queue import Outgoing, Received
from ocrcore.testing.queue_timed import NOW, TimedQueue

#: A group and one of its subgroups.
_GROUPS: Final = (("a", "1"), ("a", "2"), ("a", "3"), ("b", "1"), ("b", "2"), ("c", "1"))
_seconds = st.integers(0, 120).map(lambda seconds: timedelta(seconds=seconds))


@dataclass(slots=True)
class _Message:
    group: str
    subgroup: str
    visible_at: timedelta
    receives: int = 0
    receipts: list[str] = field(default_factory=list)


class _History(RuleBasedStateMachine):
    """Compares the queue with the model after random operations. The body of each message is a unique number."""

    def __init__(self, timed: TimedQueue) -> None:
        super().__init__()
        self._timed = timed
        self._queue = timed.queue
        self._now = timedelta()
        self._sent = 0
        self._alive: dict[str, _Message] = {}
        self._receipts: list[tuple[str, str]] = []
        #: A subgroup with a new message -> how many of each other one were delivered since the last of its own.
        self._overtaken: dict[tuple[str, str], Counter[str]] = {}
        self._irregular: set[tuple[str, str]] = set()

    @initialize()
    def nothing_is_left_of_the_history_before(self) -> None:
        self._timed.clock.advance(timedelta(days=1))
        while received := self._queue.receive(10, wait=NOW):
            self._queue.delete([message.receipt for message in received])

    @rule(groups=st.lists(st.sampled_from(_GROUPS), max_size=12))
    def send(self, groups: list[tuple[str, str]]) -> None:
        bodies = [str(self._sent + place) for place in range(len(groups))]
        self._sent += len(groups)
        messages = [
            Outgoing(body, group, subgroup=subgroup) for body, (group, subgroup) in zip(bodies, groups, strict=True)
        ]
        assert all(self._queue.send(messages))
        self._alive |= {
            body: _Message(group, subgroup, self._now) for body, (group, subgroup) in zip(bodies, groups, strict=True)
        }

    @rule(step=_seconds)
    def time_passes(self, step: timedelta) -> None:
        self._timed.clock.advance(step)
        self._now += step

    @rule(limit=st.integers(1, 10))
    def receive(self, limit: int) -> None:
        visible = {body for body, message in self._alive.items() if message.visible_at <= self._now}
        received = self._queue.receive(limit, wait=NOW)
        bodies = {message.body for message in received}
        assert len(received) == len(bodies) == min(limit, len(visible))
        assert bodies <= visible
        self._assert_groups_took_turns(bodies, visible)
        for message in received:
            self._assert_subgroups_took_turns(self._alive[message.body])
            self._note(message)

    @precondition(lambda self: self._receipts)
    @rule(data=st.data(), hidden=_seconds)
    def change_visibility(self, data: st.DataObject, hidden: timedelta) -> None:
        body, receipt = data.draw(st.sampled_from(self._receipts))
        self._queue.change_visibility({receipt: hidden})
        if self._counts(body, receipt):
            self._note_that_it_leaves(self._alive[body])
            self._alive[body].visible_at = self._now + hidden

    @precondition(lambda self: self._receipts)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        body, receipt = data.draw(st.sampled_from(self._receipts))
        self._queue.delete([receipt])
        if self._counts(body, receipt):
            self._note_that_it_leaves(self._alive.pop(body))

    def _note(self, received: Received) -> None:
        message = self._alive[received.body]
        message.receives += 1
        assert received.receive_count == message.receives
        assert received.receipt not in message.receipts
        message.receipts.append(received.receipt)
        message.visible_at = self._now + self._queue.visibility_timeout
        self._receipts.append((received.body, received.receipt))

    def _note_that_it_leaves(self, message: _Message) -> None:
        """Expect nothing of the turns of a subgroup, until it is empty, if what came back leaves one of them unused."""
        if message.visible_at <= self._now:
            self._irregular.add((message.group, message.subgroup))

    def _counts(self, body: str, receipt: str) -> bool:
        return body in self._alive and self._alive[body].receipts[-1] == receipt

    def _assert_groups_took_turns(self, taken: set[str], visible: set[str]) -> None:
        """Assert that groups with messages left were served as often as any other group, or once less."""
        served = {group: sum(self._alive[body].group == group for body in taken) for group in "abc"}
        left = {group: sum(self._alive[body].group == group for body in visible - taken) for group in "abc"}
        waiting = [served[group] for group in "abc" if left[group]]
        assert not waiting or max(served.values()) - min(waiting) <= 1

    def _assert_subgroups_took_turns(self, taken: _Message) -> None:
        """Assert that a subgroup with a new message waits for two deliveries at most of each other one."""
        place = (taken.group, taken.subgroup)
        self._irregular &= {
            (each.group, each.subgroup) for each in self._alive.values() if each.visible_at <= self._now
        }
        new = {(message.group, message.subgroup) for message in self._alive.values() if not message.receives}
        waiting = new - self._irregular - {place}
        self._overtaken = {each: self._overtaken.get(each, Counter()) for each in waiting}
        for group, subgroup in waiting:
            if group == taken.group:
                overtaken = self._overtaken[group, subgroup]
                overtaken[taken.subgroup] += 1
                assert overtaken[taken.subgroup] <= 2, (subgroup, overtaken, taken)


class QueueModelContract:
    """The model-based test; part of ``QueueContract``."""

    @pytest.fixture
    def timed(self) -> TimedQueue:
        """Return the queue under test, empty, and its clock."""
        raise NotImplementedError

    def test_any_history_ends_as_in_the_model(self, timed: TimedQueue) -> None:
        run_state_machine_as_test(
            lambda: _History(timed),  # type: ignore[arg-type]  # its docstring allows a factory
            settings=settings(
                max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )
