"""Mistakes of a worker."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta

from ocrcore.application import claim_item, recognise_item, settle_items, worker
from ocrcore.application.context import Context
from ocrcore.application.messages import Disposal, Fate, fate_after_answer
from ocrcore.application.settle_items import Answered
from ocrcore.application.work import Answer, GivenBack, Held, Recognised, Released, Work
from ocrcore.domain.audit import WORKER, AuditAction, AuditEntry
from ocrcore.domain.errors import TransitionRefused
from ocrcore.domain.item import Item
from ocrcore.domain.task import Task
from ocrcore.ports.clock import Clock
from ocrcore.ports.queue import Received
from ocrcore.testing.simulation.planted.replacing import replaced


def delete_before_commit() -> AbstractContextManager[None]:
    """The message goes before its answer is committed."""
    original = settle_items.settle_items

    def settle(context: Context, answered: Sequence[Answered]) -> Sequence[Disposal]:
        context.queue.delete([one.work.held.receipt for one in answered])
        return original(context, answered)

    return replaced(worker, "settle_items", settle)


def skip_if_processing() -> AbstractContextManager[None]:
    """A message of an item that is at work elsewhere is thought superfluous."""
    return replaced(claim_item, "fate_without_claim", lambda _item, _now: Fate.DELETE)


def no_heartbeat() -> AbstractContextManager[None]:
    """Nothing is kept alive."""
    return replaced(worker.Worker, "beat_once", lambda _self: worker.Step.IDLE)


def endless_heartbeat() -> AbstractContextManager[None]:
    """What hangs is kept alive for ever."""
    original = worker.Worker.beat_once

    def beat(self: worker.Worker) -> worker.Step:
        for work in self._work:
            work.ends_at += timedelta(days=1)
        return original(self)

    return replaced(worker.Worker, "beat_once", beat)


def one_bad_body() -> AbstractContextManager[None]:
    """A body that is not ours ends the receive of all the others."""

    def accept(_self: worker.Worker, message: Received) -> Held:
        return Held(Task.from_json(message.body), message.receipt)

    return replaced(worker.Worker, "_accept", accept)


class _Stopped(Clock):
    """A clock that was looked at once."""

    def __init__(self, clock: Clock) -> None:
        self._now = clock.now()

    def now(self) -> datetime:
        """Return what it said then."""
        return self._now


def early_clock() -> AbstractContextManager[None]:
    """A claim goes by the time at which it began to wait for the job's row."""
    original = claim_item.claim_item

    def claim(context: Context, held: Held) -> Work | Disposal:
        return original(replace(context, clock=_Stopped(context.clock)), held)

    return replaced(worker, "claim_item", claim)


def bad_company() -> AbstractContextManager[None]:
    """A body that is not ours makes the worker forget those that came with it."""
    original = worker.Worker._put_aside  # noqa: SLF001 - a mistake is made inside

    def put_aside(self: worker.Worker, message: Received) -> None:
        while self._holding.take() is not None:
            pass
        original(self, message)

    return replaced(worker.Worker, "_put_aside", put_aside)


def except_delete() -> AbstractContextManager[None]:
    """A message whose claim failed, for whatever reason, is deleted."""
    original = claim_item.claim_item

    def claim(context: Context, held: Held) -> Work | Disposal:
        try:
            return original(context, held)
        except Exception:  # noqa: BLE001 - that is the mistake
            return Fate.DELETE

    return replaced(worker, "claim_item", claim)


def audit_before_commit() -> AbstractContextManager[None]:
    """The log is told of what may never be committed."""
    original = settle_items.settle_items

    def settle(context: Context, answered: Sequence[Answered]) -> Sequence[Disposal]:
        action = AuditAction.ITEM_RECOGNISED
        for work in (one.work for one in answered if isinstance(one.answer, Recognised)):
            event_id = f"{work.item.id}#{work.item.attempts}#{action}"
            context.audit.write([AuditEntry(event_id, work.job.id, action, WORKER, context.clock.now(), {})])
        return original(context, answered)

    return replaced(worker, "settle_items", settle)


def given_back_hidden() -> AbstractContextManager[None]:
    """What a worker that stops gives back stays hidden until its visibility ends."""

    def fate(answer: Answer, item: Item, *, accepted: bool) -> Disposal:
        return Fate.FORGET if isinstance(answer, GivenBack) else fate_after_answer(answer, item, accepted=accepted)

    return replaced(settle_items, "fate_after_answer", fate)


def never_stopped() -> AbstractContextManager[None]:
    """What still runs at the end of the grace period is not stopped."""
    return replaced(worker.Worker, "stop_work", lambda _self: None)


def poison_spreads() -> AbstractContextManager[None]:
    """What goes wrong with one page ends the others of its worker."""
    original = worker.Worker._recognise  # noqa: SLF001 - a mistake is made inside

    def recognise(self: worker.Worker, work: Work) -> None:
        original(self, work)
        if isinstance(work.answer, Released):
            for other in self._work:
                other.ends_at -= timedelta(0 if other is work else 1)

    return replaced(worker.Worker, "_recognise", recognise)


def no_fence() -> AbstractContextManager[None]:
    """An answer is taken from any attempt, as long as its item is open."""

    def judge(one: Answered, item: Item, now: datetime) -> Item | None:
        try:
            return one.answer.apply(item, item.attempts, now)
        except TransitionRefused:
            return None

    return replaced(settle_items, "_judged", judge)


def one_fate() -> AbstractContextManager[None]:
    """What becomes of the first message becomes of all those whose answers were settled with it."""
    original = settle_items.settle_items

    def settle(context: Context, answered: Sequence[Answered]) -> Sequence[Disposal]:
        first, *_ = disposals = original(context, answered)
        return [first] * len(disposals)

    return replaced(worker, "settle_items", settle)


def trusted_key() -> AbstractContextManager[None]:
    """The message says what is read, not the row."""
    return replaced(recognise_item, "_source", lambda context, work: context.documents.get(work.held.task.s3_key))


def mixed_up() -> AbstractContextManager[None]:
    """Texts of two pages change places."""
    original = recognise_item._read  # noqa: SLF001 - a mistake is made inside
    last: list[Answer] = []

    def read(context: Context, work: Work) -> Answer:
        answer = original(context, work)
        if isinstance(answer, Recognised):
            last.append(answer)
            return replace(answer, layout=getattr(last.pop(0), "layout", answer.layout)) if last[1:] else answer
        return answer

    return replaced(recognise_item, "_read", read)
