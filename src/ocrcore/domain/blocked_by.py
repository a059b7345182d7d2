"""Why a job does not progress: the sentence that clients see as ``blocked_by``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

from ocrcore.domain.fleet import Fleet
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.sentence import Part, Sentence, counted
from ocrcore.domain.time_limits import MESSAGE_LATE, OUTBOX_STUCK, RENEWAL_LATE, retry_delay

#: Key -> the English text of each reason, and of the parts that are put in.
WAIT_SENTENCES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "wait.draft": "It is not submitted; it goes on when its files are uploaded, and it is submitted.",
        "wait.worker.yet": (
            "No worker has been running yet; the job goes on as soon as one is started (ocrcore worker)."
        ),
        "wait.worker.yet.back": (
            "No worker has been running yet; {back}, and the job goes on as soon as one is started (ocrcore worker)."
        ),
        "wait.worker.since": (
            "No worker has been running since {since}; the job goes on as soon as one is started (ocrcore worker)."
        ),
        "wait.worker.since.back": (
            "No worker has been running since {since};"
            " {back}, and the job goes on as soon as one is started (ocrcore worker)."
        ),
        "wait.silent": "{pages} with a worker, not heard of since {since}; {back}.",
        "wait.silent.others": "{pages} with a worker, not heard of since {since}; {back}. {others}",
        "wait.held.one": "1 page is",
        "wait.held.many": "{n} pages are",
        "wait.free": "free again at {at}",
        "wait.free.lapsed": "free again in a few seconds, because the lease lapsed at {at}",
        "wait.ahead": "Pages that it took ahead are free again about then, too.",
        "wait.queue": "The queue has taken no messages since {since}; they are kept and sent as soon as it does.",
        "wait.attempt": "Attempt {number} of {limit} at {at}, because {why}.",
        "wait.attempt.ocr-timeout": "the last one took too long",
        "wait.attempt.ocr-crashed": "the engine crashed in the last one",
        "wait.attempt.source-missing": "the uploaded file could not be found",
        "wait.attempt.unsupported-language": "the last worker lacked a language of the job",
        "wait.attempt.internal-error": "the last one met a fault of the service",
        "wait.backlog": "{pages} for {slots}.",
        "wait.backlog.left": "{pages} for {slots}, {left} of work.",
        "wait.late": "{pages}, and {free}; if a message was lost, it is sent again at {at}.",
        "wait.late.free.one": "1 slot is free",
        "wait.late.free.many": "{n} slots are free",
        "wait.pages.one": "1 page waits",
        "wait.pages.many": "{n} pages wait",
        "wait.slots.one": "1 slot",
        "wait.slots.many": "{n} slots",
        "wait.left.little": "less than a minute",
        "wait.left.about": "about {n} min",
        "wait.back.lapses.one": "1 page in work will be taken back when its lease lapses, at {at}",
        "wait.back.lapses.many": "{n} pages in work will be taken back when their lease lapses, at {at}",
        "wait.back.lapsed.one": "1 page in work will be taken back when its lease lapsed, at {at}",
        "wait.back.lapsed.many": "{n} pages in work will be taken back when their lease lapsed, at {at}",
    }
)


@dataclass(frozen=True, slots=True)
class InProgress:
    """All pages of a job that are in progress. Workers renew their leases every third of ``lease``."""

    items: Sequence[Item]
    lease: timedelta

    def is_stalled(self, now: datetime) -> bool:
        """Return whether pages are in progress and the renewal of every lease is overdue."""
        due = self.lease / 3 + min(RENEWAL_LATE, self.lease / 6)
        return bool(self.items) and all(now - self._renewed_at(item) > due for item in self.items)

    def taken_back(self, now: datetime) -> Sentence:
        """Return when the first page will wait again, as part of a sentence."""
        until = self._free_at()
        back = counted(f"wait.back.{'lapses' if until > now else 'lapsed'}", len(self.items))
        return Sentence(back.key, {**back.values, "at": until})

    def last_heard_of(self) -> datetime:
        """Return the instant of the latest sign of life of any worker."""
        return max(self._renewed_at(item) for item in self.items)

    def held(self, now: datetime) -> Sentence:
        """Return since when nobody has heard of the pages, where they are stalled, and until when they are held.

        Who has them is for whoever runs the service, and not for every owner of a job: ``/status`` tells it.
        """
        until = self._free_at()
        return Sentence(
            "wait.silent",
            {
                "pages": counted("wait.held", len(self.items)),
                "since": self.last_heard_of(),
                "back": Sentence("wait.free" if until > now else "wait.free.lapsed", {"at": until}),
            },
        )

    def _free_at(self) -> datetime:
        """Return when the first lease lapses."""
        return min(_end(item) for item in self.items)

    def _renewed_at(self, item: Item) -> datetime:
        """Return when the item's worker last renewed its lease, or began the attempt."""
        renewed = _end(item) - self.lease
        return renewed if item.started_at is None else max(renewed, item.started_at)


def why_waiting(
    fleet: Fleet, job: Job, pending: Sequence[Item], in_progress: InProgress | None = None
) -> Sentence | None:
    """Return why the job does not progress, as a sentence, or None if it progresses or is finished.

    ``pending`` are some of its waiting items, by position; they are needed only if no item is in progress, or if
    those in progress are stalled. ``in_progress`` is None if unknown, which counts as progress.
    """
    if not job.is_open:
        return None
    if job.submitted_at is None:
        return Sentence("wait.draft")
    stalled = in_progress is not None and in_progress.is_stalled(fleet.now)
    if not fleet.live:
        return _no_worker(fleet, in_progress)
    if job.counts.processing and not stalled:
        return None
    if in_progress is not None and stalled:
        return _silent(fleet, job, pending, in_progress)
    return _queue_stuck(fleet) or _waits_for_attempt(fleet, pending) or _message_late(fleet, pending) or _backlog(fleet)


def _silent(fleet: Fleet, job: Job, pending: Sequence[Item], stalled: InProgress) -> Sentence:
    """Return who has the stalled pages, and why the others wait beside them."""
    held = stalled.held(fleet.now)
    if not job.counts.pending:
        return held
    others = _queue_stuck(fleet) or _waits_for_attempt(fleet, pending)
    if others is None:
        # Where slots are free, the pages do not wait for them: their messages are with the silent worker, too.
        heard = replace(fleet, reports=[report for report in fleet.reports if not report.is_overdue(fleet.now)])
        all_busy = 0 < heard.slots <= fleet.volume.processing - len(stalled.items)
        others = _backlog(heard) if all_busy else Sentence("wait.ahead")
    return Sentence("wait.silent.others", {**held.values, "others": others})


def _queue_stuck(fleet: Fleet) -> Sentence | None:
    stuck = fleet.volume.oldest_order_at
    if stuck is not None and fleet.now - stuck > OUTBOX_STUCK:
        return Sentence("wait.queue", {"since": stuck})
    return None


def _no_worker(fleet: Fleet, in_progress: InProgress | None) -> Sentence:
    key, values = "wait.worker.yet", dict[str, Part]()
    seen = [report.seen_at for report in fleet.reports if report.has_read]
    if seen:
        key, values = "wait.worker.since", {"since": max(seen)}
    if in_progress is not None and in_progress.items:
        key, values["back"] = f"{key}.back", in_progress.taken_back(fleet.now)
    return Sentence(key, values)


def _waits_for_attempt(fleet: Fleet, pending: Sequence[Item]) -> Sentence | None:
    """Return the sentence if every known waiting item waits for its next attempt after a failure, else None."""
    if not pending or any(item.last_failure is None or _next_attempt(item) <= fleet.now for item in pending):
        return None
    first = min(pending, key=_next_attempt)
    values: dict[str, Part] = {
        "number": first.attempts + 1,
        "limit": first.attempts_limit,
        "at": _next_attempt(first),
        "why": Sentence(f"wait.attempt.{first.last_failure}"),
    }
    return Sentence("wait.attempt", values)


def _message_late(fleet: Fleet, pending: Sequence[Item]) -> Sentence | None:
    """Return when the message of a page is sent again that waits for long beside a free slot, else None.

    A slot may be free for an instant, between two pages, so it is not said that the message is lost, and nothing where
    those before it keep the workers busy for longer.
    """
    free = fleet.slots - fleet.volume.processing
    late = [item for item in pending if fleet.now - _can_begin(item) > MESSAGE_LATE]
    if free <= 0 or not late or timedelta(minutes=fleet.minutes_to_clear) > MESSAGE_LATE:
        return None
    again = max(fleet.now, min(item.forgotten_at for item in late))
    pages = counted("wait.pages", fleet.volume.pending)
    return Sentence("wait.late", {"pages": pages, "free": counted("wait.late.free", free), "at": again})


def _backlog(fleet: Fleet) -> Sentence:
    pages, slots = counted("wait.pages", fleet.volume.pending), counted("wait.slots", fleet.slots)
    minutes = fleet.backlog_minutes
    if minutes is None:
        return Sentence("wait.backlog", {"pages": pages, "slots": slots})
    left = Sentence("wait.left.little") if minutes < 1 else Sentence("wait.left.about", {"n": round(minutes)})
    return Sentence("wait.backlog.left", {"pages": pages, "slots": slots, "left": left})


def _end(item: Item) -> datetime:
    return item.queued_at if item.lease_until is None else item.lease_until


def _can_begin(item: Item) -> datetime:
    """Return since when nothing but a worker is missing."""
    return item.queued_at if item.last_failure is None else _next_attempt(item)


def _next_attempt(item: Item) -> datetime:
    return item.queued_at + retry_delay(item.attempts)
