"""Fairness between owners, and between the jobs of an owner.

**Rounds.** A queue that takes turns serves the jobs of an owner in rounds: a round has at most one message of each job
as it was sent. A message is put into the round after the one that is served now, or after its job's last, whichever is
later. So a job of one page waits for two pages at most of each job of its owner that came before it, however long that
is, and no later job holds up an earlier one: what comes during a round is served after it. A message that comes back
loses its place and is put behind the last round of its job.

**Ahead.** What a worker has received is out of reach for the order of the queue, so it receives no more at once than
its slots read in a second, or in the time of one page. A page that arrives while another owner's pages fill all
workers waits for about two of them: until the next receive, and until a slot is free.

**At the claim** no owner takes every slot of a worker while another owner waits.

A queue that serves its groups strictly in turn needs no such rule. SQS does not: it prefers the messages of groups that
have few in flight, on average and after a while. So a claim is refused if the owner has all slots but one already, and
another owner has a page that waits. The item stays as it is, and its message comes back a little later. Each message
is refused a few times at most, and then claimed, whoever waits, so a page is delayed but never lost, and a slot that
nobody else takes is not kept free for ever.
"""

from datetime import timedelta
from typing import Final

#: How long the messages of one receive should last, in seconds.
_AHEAD: Final = 1.0
#: Most messages of any receive.
MOST_AHEAD: Final = 10
#: How long the message of a refused claim stays hidden.
REFUSED_FOR: Final = timedelta(seconds=5)
#: Most refusals of one message.
MOST_REFUSALS: Final = 3


def next_round(current: int | None, last_of_job: int | None = None) -> int:
    """Return the round of a message that is added to those of an owner.

    ``current`` is the lowest round of the owner's messages that wait, ``last_of_job`` the latest of its job's; None
    where there is none. The first message of all is in round 0.
    """
    return max(-1 if last is None else last for last in (current, last_of_job)) + 1


def most_ahead(slots: int, seconds_per_page: float | None) -> int:
    """Return how many messages one receive should return at most, at the pace of the latest pages if that is known."""
    if not seconds_per_page:
        return MOST_AHEAD
    return max(slots, min(MOST_AHEAD, int(slots * _AHEAD / seconds_per_page)))


def may_refuse(receives: int) -> bool:
    """Return whether a claim may be refused for fairness, by how often its message was received.

    Each refusal leads to another receive, so the number of receives bounds the refusals, in all workers together.
    """
    return receives <= MOST_REFUSALS


def has_its_share(in_flight: int, slots: int) -> bool:
    """Return whether an owner has so many of a worker's slots that the last one is for others."""
    return in_flight >= max(1, slots - 1)
