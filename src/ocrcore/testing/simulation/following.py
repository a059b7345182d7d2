"""Followers: simulated clients that follow the events of an owner's jobs, and resume whenever a stream is lost.

Each API process has one look at what has changed for all streams to it, as the real one has. A stream is lost at any
moment: because its process is killed or paused, the database does not answer, or its client leaves. The follower then
resumes at any process from the latest place that it knows. It believes what it was told last.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ocrcore.application.jobs.changes import ChangeWatch, Everything, Gone, ItemState, JobState, State, States
from ocrcore.application.jobs.notes import Notes
from ocrcore.domain.errors import OcrError, Unavailable
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.testing.simulation.asking import Asking
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, START, Kernel, Process
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.world import World

#: The pause between two looks of a process, and how many states a stream notes: few, so that streams fall behind.
_TICK: Final = 2 * SECOND
_NOTED: Final = 6
_LONGEST_LOOK: Final = 60 * SECOND
#: Most streams, and most looks of one.
_STREAMS, _LOOKS = 4, 6
#: Most looks of a long stream, which lives longer than the time that looks overlap.
_MANY_LOOKS: Final = 50
#: How often a client takes nothing for a while, so that several states of a job are noted.
_SLOWNESS: Final = 0.3
_NAP: Final = 8 * SECOND
#: The longest pause between two streams.
_PAUSE: Final = 90 * SECOND
#: What a job and an item are seen as.
_JobSeen = tuple[Any, ...]


class Hub:
    """The streams to one process, and the look for all of them."""

    def __init__(self, kernel: Kernel, process: Process) -> None:
        self._kernel, self._process = kernel, process
        self._watch: ChangeWatch = process.service.watch()
        self.streams: dict[Notes[State], str] = {}
        #: Number of looks that came to their end.
        self.looks = 0
        self._is_running = False

    def add(self, notes: Notes[State], owner: str) -> None:
        """Look for a stream."""
        self.streams[notes] = owner
        if not self._is_running:
            self._is_running = True
            self._kernel.spawn(self._process, "events", self._run)

    def _run(self) -> None:
        while self.streams:
            try:
                self._look()
            except Unavailable:
                self._kernel.step_aside()  # the next look makes up for it
            self._kernel.sleep(_TICK)
        self._is_running = False

    def _look(self) -> None:
        owners = sorted(set(self.streams.values()))
        behind = {notes for notes in self.streams if notes.is_behind}
        for found in self._watch.look(owners, Everything()):
            for notes, owner in list(self.streams.items()):
                for state in found.states:
                    if state.owner == owner:
                        notes.note(state, state)
                if found.resume_at is not None and notes not in behind:
                    notes.note_place(found.resume_at)
        self.looks += 1

    @property
    def looked_at(self) -> datetime:
        """Before when everything was handed out."""
        return self._watch.looked_at


class Follower(Asking):
    """A client that only follows. It begins with all that ever changed."""

    def __init__(
        self, kernel: Kernel, world: World, processes: Processes, owner: str, hubs: dict[Process, Hub]
    ) -> None:
        super().__init__(kernel, world, processes, owner)
        self._tables = world.fakes.tables
        self._late = world.checker.commits.late
        self._hubs = hubs
        self._place = START
        self._jobs: dict[UUID, _JobSeen] = {}
        self._items: dict[UUID, tuple[UUID, _JobSeen]] = {}
        self._gone: set[UUID] = set()
        #: The stream that it listens to.
        self._stream: object = None
        #: Whether it takes nothing for a while now and then.
        self._is_slow = True
        #: Whether it knows the final state.
        self.done = False

    def live(self) -> None:
        """Follow a few streams, with pauses, and leave each at some moment."""
        random = self._kernel.random
        for _ in range(random.randrange(1, _STREAMS)):
            self._kernel.sleep(int(random.random() * random.choice((1, 1, _PAUSE))))
            self._follow(random.randrange(random.choice((_LOOKS, _LOOKS, _MANY_LOOKS))))

    def finish(self) -> None:
        """Resume once more, when nothing changes any more, and check what it knows.

        What the first look hands out may have been read before that.
        """
        self._is_slow = False
        while not self._follow(2):
            self._kernel.sleep(SECOND)
        self._check()
        self.done = True

    def _follow(self, looks: int) -> bool:
        """Follow one stream for so many looks; return whether it was read to the present."""
        read: list[bool] = []
        self._stream = stream = object()

        def serve(process: Process) -> None:
            self._serve(process, looks, read, stream)

        answer = self.ask_for_stream(serve)
        if isinstance(answer, OcrError):
            self.check_error(answer)
        return bool(read)

    def _serve(self, process: Process, looks: int, read: list[bool], stream: object) -> None:
        hub = self._hubs.get(process)
        if hub is None:
            hub = self._hubs[process] = Hub(self._kernel, process)
        notes: Notes[State] = Notes(None, _NOTED)
        jobs = process.service.of(self._owner)
        hub.add(notes, self._owner)
        begin = self._place
        self._place = notes.place = min(begin, hub.looked_at)
        try:
            self._take(hub, notes, jobs.states_since(begin), stream)
            for _ in range(looks):
                since = hub.looks
                self._kernel.sleep(_LONGEST_LOOK, _more_looks(hub, since))
                if self._is_slow and self._kernel.random.random() < _SLOWNESS:
                    self._kernel.sleep(_NAP)
                if self._stream is not stream:
                    return
                if notes.is_behind:
                    notes.begin()
                    self._take(hub, notes, jobs.states_since(self._place), stream)
                else:
                    self._believe(notes.take())
                    self._place = notes.move() or self._place
            if not notes.is_behind:
                read.append(True)
        finally:
            hub.streams.pop(notes, None)

    def _take(self, hub: Hub, notes: Notes[State], pieces: Iterator[States], stream: object) -> None:
        for found in pieces:
            if self._stream is not stream:
                return  # nobody listens any more
            self._believe([state for state in found.states if not notes.has(state)])
            if found.resume_at is not None:
                self._believe(notes.take())
                self._place = notes.move(min(found.resume_at, hub.looked_at)) or self._place

    def _believe(self, states: list[State]) -> None:
        for state in states:
            if state.owner != self._owner:
                self._kernel.fail(
                    Invariant.EVENTS_OF_OWN_JOBS, f"{self._owner} was told of job {state.job_id} of {state.owner}"
                )
            match state:
                case JobState(job, _):
                    self._jobs[job.id] = _job_seen(job)
                case ItemState(item):
                    self._items[item.id] = item.job_id, _item_seen(item)
                case Gone(job_id):
                    self._gone.add(job_id)
                    self._jobs.pop(job_id, None)

    def _check(self) -> None:
        for job in self._tables.jobs.values():
            if job.owner != self._owner or job.submitted_at is None or job.id in self._late:
                continue
            if self._jobs.get(job.id) != _job_seen(job):
                self._fail(f"job {job.id} is {_job_seen(job)}, and {self._owner} was told {self._jobs.get(job.id)}")
            for item in self._tables.items_of(job.id):
                _, seen = self._items.get(item.id, (job.id, None))
                is_new = item.status == "PENDING" and not item.attempts
                if seen != _item_seen(item) and not (is_new and seen is None):
                    self._fail(f"item {item.id} is {_item_seen(item)}, and {self._owner} was told {seen}")
        for stone in self._tables.tombstones.values():
            if stone.owner == self._owner and stone.job_id not in self._gone | self._late:
                self._fail(f"job {stone.job_id} is deleted, and {self._owner} was not told")
        for job_id in self._gone:
            if job_id in self._tables.jobs:
                self._fail(f"job {job_id} is there, and {self._owner} was told that it is gone")

    def _fail(self, detail: str) -> None:
        self._kernel.fail(Invariant.EVENTS_COMPLETE, detail)


def _more_looks(hub: Hub, since: int) -> Callable[[], bool]:
    return lambda: hub.looks > since


def _job_seen(job: Job) -> _JobSeen:
    return job.name, job.status, job.counts, job.finished_at, job.sqs_retention_deadline


def _item_seen(item: Item) -> _JobSeen:
    return (
        *(item.status, item.attempts, item.error_code, item.finished_at),
        *(item.revision, item.reviewed_at, item.reviewed_by),
    )
