"""Check the queue, its dead letters, and its rejected messages."""

from collections.abc import Iterator
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.doctor.row_scan import items_of, job_row_of
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.instants import format_instant
from ocrcore.domain.task import Task
from ocrcore.ports.queue import Received

_RECEIVE: Final = 10
#: Most empty receives while dead letters exist. Upkeep hides the letters of unknown items for a minute at a time, and a
#: receive from a remote queue takes a second.
_MOST_LOOKS: Final = 75
#: Most dead letters that are checked.
_MOST_LETTERS: Final = 1000


def examine_visibility(context: Context) -> Iterator[Finding]:
    """Yield a finding if the visibility timeout is shorter than a lease."""
    hidden, leased = context.queue.visibility_timeout, context.policy.lease
    if hidden < leased:
        seen = f"messages are hidden for {hidden.total_seconds():.0f} s, and leases last {leased.total_seconds():.0f} s"
        yield Finding(FindingKind.SHORT_VISIBILITY, seen)


def examine_dead_letters(context: Context) -> Iterator[Finding]:
    """Yield dead letters of unknown items. Checked letters are hidden for a visibility timeout, and none is deleted."""
    seen: set[str] = set()
    looks = 0
    while looks < _MOST_LOOKS and len(seen) < min(context.dead_letters.count(), _MOST_LETTERS):
        letters = [letter for letter in context.dead_letters.receive(_RECEIVE) if letter.message_id not in seen]
        looks += not letters
        for letter in letters:
            seen.add(letter.message_id)
            yield from _examine_letter(context, letter)
    if (hidden := context.dead_letters.count() - len(seen)) > 0:
        words = "dead letter was" if hidden == 1 else "dead letters were"
        yield Finding(FindingKind.HIDDEN_DEAD_LETTERS, f"{hidden} {words} not seen", number=hidden)


def _examine_letter(context: Context, letter: Received) -> Iterator[Finding]:
    """Yield a finding if the letter's item is unknown; upkeep handles all other letters."""
    try:
        task = Task.from_json(letter.body)
    except ValueError:
        return
    known = any(item.item_id == task.item_id for item in items_of(context, task.job_id))
    if known or (job_row_of(context, task.job_id) is None and context.tombstones.get(task.job_id) is not None):
        return
    seen = f"message {letter.message_id} is for an item that nobody knows"
    yield Finding(FindingKind.UNKNOWN_DEAD_LETTER, seen, task.job_id, task.item_id)


def examine_rejected(context: Context) -> Iterator[Finding]:
    """Yield a finding with the number of rejected messages, if there are any."""
    rejected = context.rejected.summary()
    if rejected is not None:
        words = "message was" if rejected.number == 1 else "messages were"
        latest = f"{rejected.latest_id} at {format_instant(rejected.latest_at)}"
        seen = f"{rejected.number} {words} not ours, the latest {latest}"
        yield Finding(FindingKind.REJECTED_MESSAGES, seen, number=rejected.number)
