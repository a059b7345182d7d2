"""Notes: the states that a reader still has to be given, each in its latest form."""

from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from ocrcore.application.jobs.changes import Gone, ItemState, State

T = TypeVar("T")


class Notes(Generic[T]):
    """What one reader is to be given, in any form of the states. Not safe to share between threads.

    A reader first reads what has changed since its place (``states_since``), while it notes what the looks of a
    ``ChangeWatch`` find. Of what it reads, :meth:`has` tells what it is going to be given anyway, maybe newer. It is
    given that before the reading says from where it may resume: it may be lost in between. If too much is noted,
    everything is dropped, and the reader begins again from its latest place.
    """

    def __init__(self, place: datetime | None = None, most: int = 2000) -> None:
        self._most = most
        #: The latest place from which the reader knows that it may resume.
        self.place = place
        #: The place after what is noted.
        self._next: datetime | None = None
        #: Whether something was dropped.
        self.is_behind = False
        self._noted: dict[UUID, dict[UUID, T]] = {}
        self._gone: set[UUID] = set()
        self._size = 0

    def begin(self) -> None:
        """Begin, or begin again, to note, before everything is read that has changed since the place."""
        self.is_behind = False
        self._forget()

    def note(self, state: State, form: T) -> None:
        """Note a state, in place of an earlier one of the same job or item. Nothing follows the end of a job."""
        if self.is_behind or state.job_id in self._gone:
            return
        of_job = self._noted.setdefault(state.job_id, {})
        if isinstance(state, Gone):
            self._size -= len(of_job)
            of_job.clear()
            self._gone.add(state.job_id)
        key = _key(state)
        self._size += key not in of_job
        of_job.pop(key, None)
        of_job[key] = form  # at the end, so that a job comes after its items
        if self._size > self._most:
            self.is_behind = True
            self._forget()

    def note_place(self, place: datetime) -> None:
        """Note that the reader may resume at this place after all that is noted."""
        self._next = place

    def has(self, state: State) -> bool:
        """Return whether a state of the same job or item is noted."""
        return state.job_id in self._gone or _key(state) in self._noted.get(state.job_id, {})

    def take(self) -> list[T]:
        """Return what is noted, and forget it."""
        forms = [form for of_job in self._noted.values() for form in of_job.values()]
        self._forget()
        return forms

    def move(self, place: datetime | None = None) -> datetime | None:
        """Move the place forward, by default to that after what was taken; return it, or None if it stays."""
        place = place or self._next
        if self.is_behind or place is None or (self.place is not None and place <= self.place):
            return None
        self.place = place
        return place

    def _forget(self) -> None:
        self._noted, self._gone, self._size = {}, set(), 0


def _key(state: State) -> UUID:
    """Return the id of what a state is the state of."""
    return state.item.id if isinstance(state, ItemState) else state.job_id
