"""Following: what changes in a service of the own program, as states, until a job ends or for ever."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final, TypeAlias
from uuid import UUID

from entrypoints.library.owner import OWNER, local_jobs
from ocrcore import Item, Job, OcrService
from ocrcore.application.jobs.changes import ChangeWatch, Gone, Interest, ItemState, JobState, State, States

#: Seconds between two looks for changes.
_PAUSE: Final = 0.5

#: What is told: states, of which the latest of a job or item counts. An item is without its text.
Event: TypeAlias = Job | Item | Gone


class _Wanted(Interest):
    """Interest in one job of the local owner, or in all of them."""

    def __init__(self, job_id: UUID | None, *, items: bool) -> None:
        self._job_id, self._items = job_id, items

    def wants(self, job_id: UUID, owner: str) -> bool:
        """Return whether the state of this job is wanted."""
        return owner == OWNER and self._job_id in {None, job_id}

    def wants_items(self, job_id: UUID, owner: str) -> bool:
        """Return whether the states of its items are wanted."""
        return self._items and self.wants(job_id, owner)


def follow(service: Callable[[], OcrService], job_id: UUID | None, *, items: bool) -> Iterator[Event]:
    """Yield states of one job until it is finished or gone, or of all jobs for ever; those of the last minute first.

    ``service`` is asked before each look, and raises what ends the reader if the service is closed. Raises
    ``JobNotFound`` before the first state, and ``Unavailable``.
    """
    watch, jobs = service().watch(), local_jobs(service())
    begin = jobs.states_since(watch.looked_at, items=items)
    if job_id is not None:
        begin = jobs.states_of(job_id, items=items)
    for states in chain(begin, _looks(service, watch, _Wanted(job_id, items=items))):
        for state in states.states:
            yield _event(state)
            if job_id is not None and _is_last(state):
                return


def _looks(service: Callable[[], OcrService], watch: ChangeWatch, wanted: Interest) -> Iterator[States]:
    while True:
        time.sleep(_PAUSE)
        service()
        yield from watch.look([OWNER], wanted)


def _event(state: State) -> Event:
    match state:
        case JobState(job):
            return job
        case ItemState(item):
            return item
        case Gone():
            return state


def _is_last(state: State) -> bool:
    return isinstance(state, Gone) or (isinstance(state, JobState) and not state.job.is_open)
