"""The contract of queues that see all their messages at once: strict turns, and one receiver for each delivery."""

from collections import Counter

import pytest

from ocrcore.ports.queue import Outgoing, Queue
from ocrcore.testing.jobs_races import at_once
from ocrcore.testing.queue_timed import NOW, TimedQueue, drain


class QueueTurnsContract:
    """Fairness and exclusive delivery. SQS is less strict: it is fair on average, and may deliver a message twice."""

    @pytest.fixture
    def queue(self, timed: TimedQueue) -> Queue:
        """Return the queue under test."""
        return timed.queue

    def test_it_says_that_it_takes_turns(self, queue: Queue) -> None:
        assert queue.takes_turns

    def test_a_large_group_does_not_hold_up_a_small_one(self, queue: Queue) -> None:
        queue.send([Outgoing("ana", "ana")] * 50)
        queue.send([Outgoing("bob", "bob")])
        assert {message.body for message in queue.receive(2, wait=NOW)} == {"ana", "bob"}

    def test_groups_are_served_in_turn_within_a_receive(self, queue: Queue) -> None:
        for group, number in (("ana", 20), ("bob", 20), ("eve", 2)):
            queue.send([Outgoing(group, group)] * number)
        served = Counter(message.body for message in queue.receive(10, wait=NOW))
        assert served == {"ana": 4, "bob": 4, "eve": 2}

    def test_groups_are_served_in_turn_from_receive_to_receive(self, queue: Queue) -> None:
        for group in ("ana", "bob", "eve"):
            queue.send([Outgoing(group, group)] * 9)
        served = [queue.receive(1, wait=NOW)[0].body for _ in range(9)]
        assert all(len(set(served[at : at + 3])) == 3 for at in (0, 3, 6))

    def test_a_group_that_comes_back_waits_at_most_one_turn(self, queue: Queue) -> None:
        queue.send([Outgoing("ana", "ana")] * 20)
        for _ in range(4):
            queue.send([Outgoing("bob", "bob")])
            received = queue.receive(2, wait=NOW)
            assert Counter(message.body for message in received) == {"ana": 1, "bob": 1}
            queue.delete([message.receipt for message in received])

    def test_a_large_subgroup_does_not_hold_up_a_small_one(self, queue: Queue) -> None:
        for _ in range(3):
            queue.send([Outgoing("large", "ana", subgroup="1")] * 20)
        queue.receive(10, wait=NOW)
        queue.send([Outgoing("small", "ana", subgroup="2")])
        assert Counter(message.body for message in queue.receive(3, wait=NOW)) == {"large": 2, "small": 1}

    def test_subgroups_are_served_in_turn_from_receive_to_receive(self, queue: Queue) -> None:
        for subgroup in ("1", "2", "3"):
            queue.send([Outgoing(subgroup, "ana", subgroup=subgroup)] * 9)
        served = [queue.receive(1, wait=NOW)[0].body for _ in range(27)]
        assert all(len(set(served[at : at + 3])) == 3 for at in range(1, 24, 3))

    def test_the_messages_of_a_subgroup_stay_in_their_order(self, queue: Queue) -> None:
        for first in (0, 5):
            queue.send([Outgoing(str(first + number), "ana", subgroup="1") for number in range(5)])
            queue.send([Outgoing("other", "ana", subgroup="2")] * 5)
        of_first = [message.body for message in drain(queue) if message.body != "other"]
        assert of_first == [str(number) for number in range(10)]

    def test_new_subgroups_do_not_hold_up_an_old_one(self, queue: Queue) -> None:
        queue.send([Outgoing("old", "ana", subgroup="old")] * 10)
        served: list[str] = []
        for number in range(40):
            queue.send([Outgoing("new", "ana", subgroup=f"{number}.{each}") for each in range(2)])
            served.append(queue.receive(1, wait=NOW)[0].body)
        assert served.count("old") >= 5

    def test_a_message_that_comes_back_waits_for_no_more_than_its_turn(self, queue: Queue) -> None:
        queue.send([Outgoing("given back", "ana", subgroup="1")])
        (given_back,) = queue.receive(1, wait=NOW)
        queue.send([Outgoing("large", "ana", subgroup="2")] * 30)
        queue.change_visibility({given_back.receipt: NOW})
        assert "given back" in [queue.receive(1, wait=NOW)[0].body for _ in range(3)]

    def test_many_messages_that_come_back_do_not_hold_up_a_small_subgroup(self, timed: TimedQueue) -> None:
        queue = timed.queue
        queue.send([Outgoing("large", "ana", subgroup="1")] * 60)
        drain(queue)
        queue.send([Outgoing("larger", "ana", subgroup="2")] * 20)
        timed.clock.advance(queue.visibility_timeout)
        queue.receive(10, wait=NOW)
        queue.send([Outgoing("small", "ana", subgroup="3")])
        assert "small" in [message.body for message in queue.receive(10, wait=NOW)]

    @pytest.mark.parametrize("limit", [1, 3])
    def test_subgroups_that_come_back_whole_hold_up_a_small_one_by_two_turns_each(
        self, timed: TimedQueue, limit: int
    ) -> None:
        queue = timed.queue
        for subgroup in range(5):
            queue.send([Outgoing("large", "ana", subgroup=str(subgroup))] * 40)
        drain(queue)
        timed.clock.advance(queue.visibility_timeout)
        queue.send([Outgoing("beside", "ana", subgroup="beside")] * 100)
        for _ in range(60):
            queue.receive(limit, wait=NOW)
        queue.send([Outgoing("small", "ana", subgroup="small")])
        served = [message.body for _ in range(2 * 6 + 1) for message in queue.receive(limit, wait=NOW)]
        assert served.index("small") <= 2 * 6

    def test_subgroups_take_no_turn_of_another_group(self, queue: Queue) -> None:
        queue.send([Outgoing("ana", "ana", subgroup=str(number)) for number in range(10)])
        queue.send([Outgoing("bob", "bob", subgroup="0")] * 10)
        assert Counter(message.body for message in queue.receive(10, wait=NOW)) == {"ana": 5, "bob": 5}

    def test_a_hidden_group_takes_no_turn(self, queue: Queue) -> None:
        queue.send([Outgoing("bob", "bob")])
        queue.receive(1, wait=NOW)
        queue.send([Outgoing("ana", "ana")] * 3)
        assert len(queue.receive(3, wait=NOW)) == 3

    def test_two_receivers_never_share_a_message(self, queue: Queue) -> None:
        queue.send([Outgoing(str(number), "ana") for number in range(40)])
        first, second = at_once(lambda: drain(queue), lambda: drain(queue))
        assert isinstance(first, list)
        assert isinstance(second, list)
        assert sorted(int(message.body) for message in first + second) == list(range(40))
