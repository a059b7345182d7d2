"""Mutants of the worker."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.worker import claim_item, commit_results, fair_share, prefetch, recognise_item, worker
from ocrcore.application.worker.acknowledgements import Ack, Acknowledgement, Leave, ack_after_commit
from ocrcore.application.worker.attempt import Attempt, Delivery
from ocrcore.application.worker.commit_results import Result
from ocrcore.application.worker.outcomes import GivenBack, Outcome, Recognised, Released
from ocrcore.domain.audit import WORKER, AuditAction, AuditEntry
from ocrcore.domain.errors import TransitionRefused, Unavailable
from ocrcore.domain.item import Item
from ocrcore.domain.layout import Layout
from ocrcore.domain.task import Task
from ocrcore.ports.clock import Clock
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import Page
from ocrcore.ports.queue import Received
from ocrcore.testing.simulation.mutants.replacing import replaced


def delete_before_commit() -> AbstractContextManager[None]:
    """The message is deleted before its outcome is committed."""
    original = commit_results.commit_results

    def commit(context: Context, results: Sequence[Result]) -> Sequence[Acknowledgement]:
        with suppress(Unavailable):
            context.queue.delete([result.attempt.delivery.receipt for result in results])
        return original(context, results)

    return replaced(worker, "commit_results", commit)


def refused_for_ever() -> AbstractContextManager[None]:
    """A claim is refused for fairness however often its message was refused before."""
    return replaced(fair_share, "may_refuse", lambda _receives: True)


def skip_if_processing() -> AbstractContextManager[None]:
    """A message is deleted because another worker has its item."""
    return replaced(claim_item, "ack_unclaimed", lambda _item, _now: Ack())


def no_heartbeat() -> AbstractContextManager[None]:
    """No lease and no visibility timeout is extended."""
    return replaced(worker.Worker, "beat_once", lambda _self: worker.Step.IDLE)


def endless_heartbeat() -> AbstractContextManager[None]:
    """Leases of hung attempts are extended for ever."""
    original = worker.Worker.beat_once

    def beat(self: worker.Worker) -> worker.Step:
        for attempt in self._attempts:
            attempt.ends_at += timedelta(days=1)
        return original(self)

    return replaced(worker.Worker, "beat_once", beat)


def one_bad_body() -> AbstractContextManager[None]:
    """A body that is not a task aborts the receive of its whole batch."""

    def accept(_self: worker.Worker, message: Received) -> Delivery:
        return Delivery(Task.from_json(message.body), message.receipt)

    return replaced(worker.Worker, "_accept", accept)


class _Stopped(Clock):
    """A clock that stands still."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now()

    def now(self) -> datetime:
        """Return the instant of its creation."""
        return self._now


def early_clock() -> AbstractContextManager[None]:
    """A claim uses the time at which it started to wait for the job's row."""
    original = claim_item.claim_item

    def claim(context: Context, delivery: Delivery, by: UUID | None = None) -> Attempt | Acknowledgement:
        return original(replace(context, clock=_Stopped(context.clock)), delivery, by)

    return replaced(worker, "claim_item", claim)


def bad_company() -> AbstractContextManager[None]:
    """A body that is not a task makes the worker drop the other deliveries of its batch."""
    original = worker.Worker._put_aside  # noqa: SLF001 - the mutant replaces it

    def put_aside(self: worker.Worker, message: Received) -> None:
        while self._prefetched.take() is not None:
            pass
        original(self, message)

    return replaced(worker.Worker, "_put_aside", put_aside)


def except_delete() -> AbstractContextManager[None]:
    """A message is deleted if its claim raises any error."""
    original = claim_item.claim_item

    def claim(context: Context, delivery: Delivery, by: UUID | None = None) -> Attempt | Acknowledgement:
        try:
            return original(context, delivery, by)
        except Exception:  # noqa: BLE001 - this is the mistake
            return Ack()

    return replaced(worker, "claim_item", claim)


def audit_before_commit() -> AbstractContextManager[None]:
    """An audit entry is written before the commit, which may never happen."""
    original = commit_results.commit_results

    def commit(context: Context, results: Sequence[Result]) -> Sequence[Acknowledgement]:
        action = AuditAction.ITEM_RECOGNISED
        for attempt in (result.attempt for result in results if isinstance(result.outcome, Recognised)):
            event_id = f"{attempt.item.id}#{attempt.item.attempts}#{action}"
            with suppress(Unavailable):
                context.audit.write([AuditEntry(event_id, attempt.job.id, action, WORKER, context.clock.now(), {})])
        return original(context, results)

    return replaced(worker, "commit_results", commit)


def given_back_hidden() -> AbstractContextManager[None]:
    """Messages that a stopping worker gives back stay hidden until their visibility timeout."""

    def acknowledge(outcome: Outcome, item: Item, *, accepted: bool) -> Acknowledgement:
        return Leave() if isinstance(outcome, GivenBack) else ack_after_commit(outcome, item, accepted=accepted)

    return replaced(commit_results, "ack_after_commit", acknowledge)


def never_stopped() -> AbstractContextManager[None]:
    """Recognitions are not stopped at the end of the grace period."""
    return replaced(worker.Worker, "stop_work", lambda _self: None)


def poison_spreads() -> AbstractContextManager[None]:
    """A page that fails ends the other attempts of its worker."""
    original = worker.Worker.recognise

    def recognise(self: worker.Worker, attempt: Attempt) -> None:
        original(self, attempt)
        if isinstance(attempt.outcome, Released):
            for other in self._attempts:
                other.ends_at -= timedelta(0 if other is attempt else 1)

    return replaced(worker.Worker, "recognise", recognise)


def no_fence() -> AbstractContextManager[None]:
    """An outcome is accepted from any attempt, as long as its item is open."""

    def judge(result: Result, item: Item, now: datetime) -> Item | None:
        try:
            return result.outcome.apply(item, item.attempts, now)
        except TransitionRefused:
            return None

    return replaced(commit_results, "_judge", judge)


def one_acknowledgement() -> AbstractContextManager[None]:
    """All messages of a group commit get the acknowledgement of the first."""
    original = commit_results.commit_results

    def commit(context: Context, results: Sequence[Result]) -> Sequence[Acknowledgement]:
        first, *_ = acknowledgements = original(context, results)
        return [first] * len(acknowledgements)

    return replaced(worker, "commit_results", commit)


def trusted_key() -> AbstractContextManager[None]:
    """The message decides which document is read, instead of the row."""
    return replaced(recognise_item, "_document_key", lambda attempt: attempt.delivery.task.s3_key)


def believed_output() -> AbstractContextManager[None]:
    """An engine's output is believed without a sign that it is whole."""
    return replaced(Layout, "is_whole", property(lambda _self: True))


def first_page_only() -> AbstractContextManager[None]:
    """Every item of a document reads its first page."""

    def page(attempt: Attempt, source: Source) -> Page:
        return Page(source, 1, attempt.job.options)

    return replaced(recognise_item, "_page", page)


def mixed_up() -> AbstractContextManager[None]:
    """The texts of two pages are swapped."""
    original = recognise_item._recognise  # noqa: SLF001 - the mutant replaces it
    last: list[Outcome] = []

    def recognise(context: Context, attempt: Attempt) -> Outcome:
        outcome = original(context, attempt)
        if isinstance(outcome, Recognised):
            last.append(outcome)
            return replace(outcome, layout=getattr(last.pop(0), "layout", outcome.layout)) if last[1:] else outcome
        return outcome

    return replaced(recognise_item, "_recognise", recognise)


def neighbours_page() -> AbstractContextManager[None]:
    """An item reads the page of its document that was read before it."""
    latest: dict[str, int] = {}

    def page(attempt: Attempt, source: Source) -> Page:
        item = attempt.item
        number, latest[item.s3_key] = latest.get(item.s3_key, item.page), item.page
        return Page(source, number, attempt.job.options)

    return replaced(recognise_item, "_page", page)


def document_goes_with_a_page() -> AbstractContextManager[None]:
    """The document is deleted with the first of its pages that is done."""
    original = commit_results.commit_results

    def commit(context: Context, results: Sequence[Result]) -> Sequence[Acknowledgement]:
        acknowledgements = original(context, results)
        with suppress(Unavailable):
            context.documents.delete(
                [one.attempt.item.s3_key for one in results if isinstance(one.outcome, Recognised)]
            )
        return acknowledgements

    return replaced(worker, "commit_results", commit)


def refused_file_read() -> AbstractContextManager[None]:
    """A retry reads what it can of a file that was refused."""
    original = recognise_item.fetch_document

    def fetch(context: Context, attempt: Attempt, get: Callable[[str], Source]) -> None:
        attempt.item = replace(attempt.item, refusal=None)
        original(context, attempt, get)

    return replaced(worker, "fetch_document", fetch)


def fetched_by_each_page() -> AbstractContextManager[None]:
    """Pages of a document that begin at the same time fetch it each."""

    def first(self: prefetch.PrefetchBuffer) -> Delivery | None:
        return next(iter(self._deliveries), None)

    return replaced(prefetch.PrefetchBuffer, "_first_ready", first)
