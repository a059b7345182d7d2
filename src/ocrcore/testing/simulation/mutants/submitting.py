"""Mutants of submission and deletion."""

import contextlib
import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs import inspect_uploads as inspection
from ocrcore.application.jobs import submit
from ocrcore.application.jobs.inspect_uploads import InspectedFile, inspect_uploads
from ocrcore.application.jobs.new_job import Upload
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import CommitUnknown, DocumentsBusy, Refusal, Unavailable
from ocrcore.domain.file_refusals import item_code_for
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.options import JobOptions
from ocrcore.domain.task import Task
from ocrcore.ports.jobs import JobTransaction
from ocrcore.ports.queue import Outgoing
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.mutants.replacing import replaced


class _WithoutOutbox:
    """A transaction that writes no outbox rows."""

    def __init__(self, transaction: JobTransaction) -> None:
        self._transaction = transaction

    def enqueue(self, items: Sequence[Item], now: object) -> None:
        """Do nothing."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
        return getattr(self._transaction, name)


class _JobsWithoutOutbox:
    def __init__(self, context: Context) -> None:
        self._jobs = context.jobs

    def transact(self, job_id: object, decide: Callable[[Any], Any], **item: object) -> object:
        transact: Callable[..., object] = self._jobs.transact
        return transact(job_id, lambda transaction: decide(_WithoutOutbox(transaction)), **item)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
        return getattr(self._jobs, name)


def _send_all(context: Context, job: Job, items: Sequence[Item]) -> None:
    tasks = [Task(job.id, item.id, job.s3_bucket, item.s3_key, job.created_at) for item in items]
    context.queue.send([Outgoing(task.to_json(), job.owner, subgroup=str(job.id)) for task in tasks])


def no_outbox() -> AbstractContextManager[None]:
    """Messages are sent after the commit, without outbox rows."""
    original = submit._commit  # noqa: SLF001 - the mutant replaces it

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        without: Any = _JobsWithoutOutbox(context)
        job = original(replace(context, jobs=without), draft, items)
        with contextlib.suppress(Unavailable):
            _send_all(context, job, items)
        return job

    return replaced(submit, "_commit", commit)


def send_before_commit() -> AbstractContextManager[None]:
    """Messages are sent before the commit of their items."""
    original = submit._commit  # noqa: SLF001 - the mutant replaces it

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        _send_all(context, draft, items)
        return original(context, draft, items)

    return replaced(submit, "_commit", commit)


def send_inside() -> AbstractContextManager[None]:
    """Messages are sent inside the transaction."""
    original = submit._commit  # noqa: SLF001 - the mutant replaces it

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

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(self._context.jobs, name)

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        inside: Any = Inside(context, items)
        return original(replace(context, jobs=inside), draft, items)

    return replaced(submit, "_commit", commit)


def inspected_inside() -> AbstractContextManager[None]:
    """Files are looked at inside the transaction."""
    original = submit.become_job

    def become_job(context: Context, *args: Any) -> Job:  # noqa: ANN401 - the step's
        context.imaging.extension(io.BytesIO())
        return original(context, *args)

    return replaced(submit, "become_job", become_job)


def busy_as_damage() -> AbstractContextManager[None]:
    """A file for which there is no room to inspect it counts as one that cannot be read."""

    def damaged(refusal: Refusal) -> ItemErrorCode | None:
        return ItemErrorCode.IMAGE_CORRUPT if isinstance(refusal, DocumentsBusy) else item_code_for(refusal)

    return replaced(inspection, "item_code_for", damaged)


def commit_again() -> AbstractContextManager[None]:
    """A commit without a response is repeated from the start."""
    original = submit._commit  # noqa: SLF001 - the mutant replaces it

    class Again:
        def __init__(self, context: Context) -> None:
            self._jobs = context.jobs

        def transact(self, *args: object, **item: object) -> object:
            transact: Callable[..., object] = self._jobs.transact
            try:
                return transact(*args, **item)
            except CommitUnknown:
                return transact(*args, **item)

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(self._jobs, name)

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        again: Any = Again(context)
        return original(replace(context, jobs=again), draft, items)

    return replaced(submit, "_commit", commit)


def page_twice() -> AbstractContextManager[None]:
    """The last page of a document becomes two items."""

    def inspect(
        context: Context, uploads: Iterable[Upload], options: JobOptions, owner: str
    ) -> Sequence[InspectedFile]:
        return [
            replace(file, numbers=[*file.numbers, file.numbers[-1]]) if len(file.numbers) > 1 else file
            for file in inspect_uploads(context, uploads, options, owner)
        ]

    return replaced(submit, "inspect_uploads", inspect)


def refused_with_message() -> AbstractContextManager[None]:
    """Items of refused files get a message, too."""
    original = submit._commit  # noqa: SLF001 - the mutant replaces it

    class Eager:
        def __init__(self, context: Context, items: Sequence[Item]) -> None:
            self._jobs = context.jobs
            self._refused = [item for item in items if item.refusal is not None]

        def transact(self, job_id: UUID, decide: Callable[[JobTransaction], Job]) -> Job:
            def decide_and_enqueue(transaction: JobTransaction) -> Job:
                job = decide(transaction)
                transaction.enqueue(self._refused, job.created_at)
                return job

            return self._jobs.transact(job_id, decide_and_enqueue)

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(self._jobs, name)

    def commit(context: Context, draft: Job, items: Sequence[Item]) -> Job:
        eager: Any = Eager(context, items)
        return original(replace(context, jobs=eager), draft, items)

    return replaced(submit, "_commit", commit)


def deletion_keeps_orders(fakes: Fakes) -> Fakes:
    """The deletion of a job leaves its outbox rows."""

    class Hoarding:
        """Jobs whose outbox rows stay when they are deleted."""

        def transact(self, job_id: UUID, *args: object, **item: object) -> object:
            transact: Callable[..., object] = fakes.context.jobs.transact
            rows = {key: row for key, row in fakes.tables.orders.items() if row.task.job_id == job_id}
            result = transact(job_id, *args, **item)
            if job_id not in fakes.tables.jobs:
                fakes.tables.orders |= rows
            return result

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(fakes.context.jobs, name)

    hoarding: Any = Hoarding()
    return replace(fakes, context=replace(fakes.context, jobs=hoarding))
