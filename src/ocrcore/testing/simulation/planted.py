"""Planted bugs: the mistakes of the field, each as one changed function of the product.

A simulation without violations says something only beside these: each of them must be found.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from types import ModuleType
from typing import Any, Final
from uuid import UUID

from ocrcore.application import (
    claim_item,
    recognise_item,
    reflect_dead_letters,
    relay_audit,
    relay_outbox,
    settle_item,
    submit_job,
    upkeep,
    worker,
)
from ocrcore.application.context import Context
from ocrcore.application.messages import Fate
from ocrcore.application.work import Answer, Held, Recognised, Work
from ocrcore.domain.audit import WORKER, AuditAction, AuditEntry
from ocrcore.domain.errors import CommitUnknown, TransitionRefused, Unavailable
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.task import Task
from ocrcore.ports.audit_outbox import UnsentEntry
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.outbox import Order
from ocrcore.ports.queue import Outgoing, Received
from ocrcore.testing.simulation.fakes import Factory
from ocrcore.testing.simulation.history import quiet, run_seed

Owner = ModuleType | type


@contextmanager
def replaced(owner: Owner, name: str, value: object) -> Iterator[None]:
    """Put something in the place of a function of the product, for a while."""
    original = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, original)


@dataclass(frozen=True, slots=True)
class Planted:
    """One mistake that the simulation must find."""

    name: str
    #: Makes it, for a while.
    install: Callable[[], AbstractContextManager[None]]
    #: The invariants that it violates, whichever is seen first.
    shows: AbstractSet[int]


@dataclass(frozen=True, slots=True)
class Found:
    """How a mistake came to light."""

    #: How many seeds it took, from 0 on.
    seeds: int
    invariant: int


def _delete_before_commit() -> AbstractContextManager[None]:
    original = settle_item.settle_item

    def settle(context: Context, work: Work, answer: Answer) -> None:
        context.queue.delete([work.held.receipt])
        original(context, work, answer)

    return replaced(worker, "settle_item", settle)


def _skip_if_processing() -> AbstractContextManager[None]:
    return replaced(claim_item, "fate_without_claim", lambda _item, _now: Fate.DELETE)


class _WithoutOrders:
    """A transaction that orders no messages."""

    def __init__(self, transaction: JobTransaction) -> None:
        self._transaction = transaction

    def enqueue(self, items: Sequence[Item], now: object) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the transaction has
        return getattr(self._transaction, name)


class _JobsWithoutOrders:
    def __init__(self, context: Context) -> None:
        self._jobs = context.jobs

    def transact(self, job_id: object, decide: Callable[[Any], Any], **item: object) -> object:
        transact: Callable[..., object] = self._jobs.transact
        return transact(job_id, lambda transaction: decide(_WithoutOrders(transaction)), **item)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the jobs have
        return getattr(self._jobs, name)


def _send_all(context: Context, job: Job, items: Sequence[Item]) -> None:
    tasks = [Task(job.id, item.id, job.s3_bucket, item.s3_key, job.created_at) for item in items]
    context.queue.send([Outgoing(task.to_json(), job.owner) for task in tasks])


def _no_outbox() -> AbstractContextManager[None]:
    original = submit_job._commit  # noqa: SLF001 - a mistake is made inside

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        without: Any = _JobsWithoutOrders(context)
        job = original(replace(context, jobs=without), draft, items)
        with contextlib.suppress(Unavailable):
            _send_all(context, job, items)
        return job

    return replaced(submit_job, "_commit", commit)


def _send_before_commit() -> AbstractContextManager[None]:
    original = submit_job._commit  # noqa: SLF001 - a mistake is made inside

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        _send_all(context, draft, items)
        return original(context, draft, items)

    return replaced(submit_job, "_commit", commit)


def _send_inside() -> AbstractContextManager[None]:
    original = submit_job._commit  # noqa: SLF001 - a mistake is made inside

    class Inside:
        def __init__(self, context: Context, items: Sequence[Item]) -> None:
            self._context = context
            self._items = items

        def transact(self, job_id: UUID, decide: Callable[[JobTransaction], Job]) -> Job:
            def decide_and_send(transaction: JobTransaction) -> Job:
                job = decide(transaction)
                _send_all(self._context, job, self._items)
                return job

            return self._context.jobs.transact(job_id, decide_and_send)

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the jobs have
            return getattr(self._context.jobs, name)

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        inside: Any = Inside(context, items)
        return original(replace(context, jobs=inside), draft, items)

    return replaced(submit_job, "_commit", commit)


def _ignoring_failed() -> AbstractContextManager[None]:
    def send(context: Context, orders: Sequence[Order]) -> int:
        if orders:
            context.queue.send([Outgoing(order.task.to_json(), order.owner) for order in orders])
            context.outbox.strike([order.id for order in orders])
        return len(orders)

    return replaced(relay_outbox, "_send", send)


def _ignoring_unprocessed() -> AbstractContextManager[None]:
    def send(context: Context, rows: Sequence[UnsentEntry]) -> int:
        if rows:
            context.audit.write([row.entry for row in rows])
            context.audit_outbox.strike([row.id for row in rows])
        return len(rows)

    return replaced(relay_audit, "_send", send)


def _no_heartbeat() -> AbstractContextManager[None]:
    return replaced(worker.Worker, "beat_once", lambda _self: worker.Step.IDLE)


def _endless_heartbeat() -> AbstractContextManager[None]:
    original = worker.Worker.beat_once

    def beat(self: worker.Worker) -> worker.Step:
        for work in self._work:
            work.ends_at += timedelta(days=1)
        return original(self)

    return replaced(worker.Worker, "beat_once", beat)


def _commit_again() -> AbstractContextManager[None]:
    original = submit_job._commit  # noqa: SLF001 - a mistake is made inside

    class Again:
        def __init__(self, context: Context) -> None:
            self._jobs = context.jobs

        def transact(self, *args: object, **item: object) -> object:
            transact: Callable[..., object] = self._jobs.transact
            try:
                return transact(*args, **item)
            except CommitUnknown:
                return transact(*args, **item)

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the jobs have
            return getattr(self._jobs, name)

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        again: Any = Again(context)
        return original(replace(context, jobs=again), draft, items)

    return replaced(submit_job, "_commit", commit)


def _strike_before_send() -> AbstractContextManager[None]:
    def send(context: Context, orders: Sequence[Order]) -> int:
        if orders:
            context.outbox.strike([order.id for order in orders])
            context.queue.send([Outgoing(order.task.to_json(), order.owner) for order in orders])
        return len(orders)

    return replaced(relay_outbox, "_send", send)


def _dead_letters_ignored() -> AbstractContextManager[None]:
    steps = tuple(step for step in upkeep.STEPS if step is not reflect_dead_letters.reflect_dead_letters_once)
    return replaced(upkeep, "STEPS", steps)


def _one_bad_body() -> AbstractContextManager[None]:
    def accept(_self: worker.Worker, message: Received) -> Held:
        return Held(Task.from_json(message.body), message.receipt)

    return replaced(worker.Worker, "_accept", accept)


def _except_delete() -> AbstractContextManager[None]:
    original = claim_item.claim_item

    def claim(context: Context, held: Held) -> Work | None:
        try:
            return original(context, held)
        except Exception:  # noqa: BLE001 - that is the mistake
            context.queue.delete([held.receipt])
            return None

    return replaced(worker, "claim_item", claim)


def _audit_before_commit() -> AbstractContextManager[None]:
    original = settle_item.settle_item

    def settle(context: Context, work: Work, answer: Answer) -> None:
        if isinstance(answer, Recognised):
            action = AuditAction.ITEM_RECOGNISED
            event_id = f"{work.item.id}#{work.item.attempts}#{action}"
            context.audit.write([AuditEntry(event_id, work.job.id, action, WORKER, context.clock.now(), {})])
        original(context, work, answer)

    return replaced(worker, "settle_item", settle)


def _no_fence() -> AbstractContextManager[None]:
    def commit(context: Context, work: Work, answer: Answer) -> tuple[Item | None, bool]:
        def decide(transaction: JobTransaction) -> tuple[Item | None, bool]:
            now = context.clock.now()
            item = transaction.item(work.item.id)
            if item is None:
                return None, False
            try:
                after = answer.apply(item, item.attempts, now)
            except TransitionRefused:
                return item, False
            if after is not item:
                transaction.save(transaction.job.moved([(item, after)], now), after)
            return after, True

        return context.jobs.transact(work.item.job_id, decide)

    return replaced(settle_item, "_commit", commit)


def _trusted_key() -> AbstractContextManager[None]:
    original = recognise_item._read  # noqa: SLF001 - a mistake is made inside

    def read(context: Context, work: Work) -> Answer:
        held = work.item
        work.item = replace(held, s3_key=work.held.task.s3_key)
        try:
            return original(context, work)
        finally:
            work.item = held

    return replaced(recognise_item, "_read", read)


def _mixed_up() -> AbstractContextManager[None]:
    original = recognise_item._read  # noqa: SLF001 - a mistake is made inside
    last: list[Answer] = []

    def read(context: Context, work: Work) -> Answer:
        answer = original(context, work)
        if isinstance(answer, Recognised):
            last.append(answer)
            return replace(answer, layout=getattr(last.pop(0), "layout", answer.layout)) if last[1:] else answer
        return answer

    return replaced(recognise_item, "_read", read)


#: Those that the simulation must find within 2,000 seeds.
PLANTED: Final = (
    Planted("delete-before-commit", _delete_before_commit, {8}),
    Planted("skip-if-processing", _skip_if_processing, {8}),
    Planted("no-outbox", _no_outbox, {24}),
    Planted("send-before-commit", _send_before_commit, {14}),
    Planted("ignoring-failed", _ignoring_failed, {14}),
    Planted("ignoring-unprocessed-items", _ignoring_unprocessed, {14}),
    Planted("no-heartbeat", _no_heartbeat, {27}),
    Planted("endless-heartbeat", _endless_heartbeat, {28}),
    Planted("commit-again-after-unknown", _commit_again, {22}),
    Planted("strike-before-send", _strike_before_send, {14}),
    Planted("dead-letters-ignored", _dead_letters_ignored, {24}),
    Planted("one-bad-body", _one_bad_body, {22}),
    Planted("except-delete", _except_delete, {8}),
    Planted("audit-before-commit", _audit_before_commit, {15}),
    Planted("no-fence", _no_fence, {3, 7, 10}),
    Planted("trusted-key", _trusted_key, {21}),
    Planted("send-inside-transaction", _send_inside, {9}),
    Planted("mixed-up-texts", _mixed_up, {6}),
)


def find(name: str, factory: Factory, limit: int) -> Found | None:
    """Return how a mistake comes to light among so many seeds, or None."""
    (planted,) = (planted for planted in PLANTED if planted.name == name)
    with planted.install(), quiet():
        for seed in range(limit):
            violation = run_seed(seed, factory).violation
            if violation is not None:
                return Found(seed + 1, violation.number)
    return None
