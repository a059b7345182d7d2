"""Mutants of streams of events."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from ocrcore.application.jobs import changes, correct
from ocrcore.application.jobs.change import change_job
from ocrcore.application.jobs.changes import State
from ocrcore.application.jobs.notes import Notes
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.ports.changes import Change
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.mutants.replacing import replaced


def no_overlap() -> AbstractContextManager[None]:
    """A look, and a reader that resumes, go on exactly where the last one ended."""
    return replaced(changes, "EVENT_OVERLAP", timedelta())


def first_state_kept() -> AbstractContextManager[None]:
    """A state that is noted is not replaced by a later one of the same job."""
    note = Notes.note

    def note_first(notes: Notes[Any], state: State, form: object) -> None:
        if not notes.has(state):
            note(notes, state, form)

    return replaced(Notes, "note", note_first)


def mark_untold() -> AbstractContextManager[None]:
    """The mark of a page as looked at is no change of its job."""
    return replaced(Job, "marked", lambda job, _now: job)


def correction_untold() -> AbstractContextManager[None]:
    """A correction saves its event with the job, and the page afterwards."""

    class InTwo:
        """A transaction that saves the job before the items."""

        def __init__(self, transaction: Any) -> None:  # noqa: ANN401 - the port's
            self._transaction = transaction

        def save(self, job: Job, *items: Item) -> Job:
            saved: Job = self._transaction.save(self._transaction.save(job), *items)
            return saved

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(self._transaction, name)

    def change_in_two(context: Any, owner: str, job_id: UUID, change: Any, **announced: Any) -> Any:  # noqa: ANN401 - the verb's types
        return change_job(
            context, owner, job_id, lambda transaction, *rest: change(InTwo(transaction), *rest), **announced
        )

    return replaced(correct, "change_job", change_in_two)


def tombstone_forgotten(fakes: Fakes) -> Fakes:
    """What has changed is read from the jobs that are there."""

    def since(*args: Any) -> list[Change]:  # noqa: ANN401 - the types of any look
        return [change for change in fakes.context.changes.since(*args) if not change.is_gone]

    return _spoiled(fakes, since=since)


def jobs_of_everybody(fakes: Fakes) -> Fakes:
    """What has changed is read without a look at the owner."""
    tables, known = fakes.tables, fakes.context.changes

    def everybody() -> list[str]:
        return sorted({job.owner for job in tables.jobs.values()})

    def since(_owners: Sequence[str], *args: Any) -> Sequence[Change]:  # noqa: ANN401 - the types of any look
        return known.since(everybody(), *args)

    def jobs(_owners: Sequence[str], job_ids: Sequence[UUID]) -> Sequence[Job]:
        return known.jobs(everybody(), job_ids)

    return _spoiled(fakes, since=since, jobs=jobs)


def _spoiled(fakes: Fakes, **verbs: Callable[..., object]) -> Fakes:
    class Careless:
        """Changes of which some verbs are replaced."""

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return verbs.get(name) or getattr(fakes.context.changes, name)

    careless: Any = Careless()
    return replace(fakes, context=replace(fakes.context, changes=careless))
