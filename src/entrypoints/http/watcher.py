"""``?wait=``: answers that are held until their job is finished.

All of them share one watcher. While requests wait, one task asks the database which of their jobs are still open, with
one query for all, and wakes the requests of the others. A request that waits costs a sleeping coroutine: no thread, no
connection, no query of its own. A new request has its first look after 0.1 s; the longer it waits, the rarer the looks
it asks for, down to one a second. A request whose client went away stops to wait.

What it does cost is a connection. So there is room for so many, of which an owner gets half: a request beyond it is
answered after a second at most, with the job as it is then, as if its wait were over.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from litestar.concurrency import sync_to_thread

from entrypoints.http.client_gone import ClientGone
from entrypoints.http.key_look import KEY_LOOK
from entrypoints.http.key_threads import in_key_thread
from entrypoints.http.owner_threads import shared_as
from ocrcore import Job, OwnerJobs, Unavailable
from ocrcore.domain.durations import parse_duration
from ocrcore.domain.errors import InvalidOption

#: Longest wait.
MOST: Final = timedelta(seconds=30)
#: Seconds before a request's first look, and the most between two.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0
#: Longest wait of a request for which there is no room: long enough that its client does not ask again at once.
_CROWDED: Final = timedelta(seconds=1)

#: Job ids -> the deadlines of those that are open.
OpenDeadlines = Callable[[Sequence[UUID]], Mapping[UUID, datetime]]


def wait_time(text: str | None, *, default: timedelta = timedelta(), most: timedelta = MOST) -> timedelta:
    """Return how long the client wants to wait, if it says so. Raises ``InvalidOption``."""
    if text is None:
        return default
    try:
        duration = parse_duration(text)
    except ValueError:
        duration = most * 2
    if duration > most:
        msg = f"wait must be a duration of at most {int(most.total_seconds())}s, as 20s."
        raise InvalidOption(msg)
    return duration


@dataclass(slots=True, eq=False)
class _Waiter:
    """A request that waits for a job."""

    job_id: UUID
    #: When it wants the next look, in seconds of the monotonic clock.
    due: float
    pause: float
    #: Whether the job was a draft, which has no deadline yet. Each look at one costs a query of its own.
    is_draft: bool
    woken: asyncio.Event = field(default_factory=asyncio.Event)


class JobWatcher:
    """The watcher of all jobs that requests wait for. Runs in the event loop of the application."""

    def __init__(
        self, open_deadlines: OpenDeadlines, now: Callable[[], datetime], closing: asyncio.Event, most: int
    ) -> None:
        """``most`` requests may be held at a time, and half of them for one client among others."""
        self._open_deadlines, self._now, self._closing = open_deadlines, now, closing
        self._most, self._held = most, Counter[str | None]()
        self._waiters: set[_Waiter] = set()
        #: When the next look is due; at the latest when the first of the requests wants it.
        self._next_look = math.inf
        self._arrival = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def finished_job(
        self,
        jobs: OwnerJobs,
        job_id: UUID,
        wait: timedelta,
        gone: Callable[[], Awaitable[None]] | None = None,
        *,
        sharer: str | None = None,
    ) -> Job:
        """Return the job when it is finished, or as it is when the time is over or the server is closing.

        The time is a second at most where there is no room for another request that is held. ``sharer`` is who shares
        the room with others, and gets half of it; None where there are no others.

        A draft is waited for as every job: until it was submitted and is finished.

        Raises ``ClientGone`` when ``gone`` returns before, which waits until the client goes away, and
        ``Unauthenticated`` within some seconds after the key of the client was revoked.
        """
        leaving = None if gone is None or not wait else asyncio.ensure_future(gone())
        try:
            with self._place(sharer, wait) as granted:
                return await self._finished_job(jobs, job_id, granted, leaving)
        finally:
            if leaving is not None:
                leaving.cancel()

    @contextmanager
    def _place(self, sharer: str | None, wait: timedelta) -> Iterator[timedelta]:
        """Yield for how long a request of an owner may be held, and count it as one that is."""
        is_own_full = sharer is not None and self._held[sharer] >= max(1, self._most // 2)
        if not wait or is_own_full or self._held.total() >= self._most:
            yield min(wait, _CROWDED)
            return
        self._held[sharer] += 1
        try:
            yield wait
        finally:
            self._held[sharer] -= 1
            if not self._held[sharer]:
                del self._held[sharer]

    async def _finished_job(
        self, jobs: OwnerJobs, job_id: UUID, wait: timedelta, leaving: "asyncio.Future[None] | None"
    ) -> Job:
        end, pause = time.monotonic() + wait.total_seconds(), _FIRST_PAUSE
        while True:
            job = await sync_to_thread(_look, jobs, job_id)
            left = end - time.monotonic()
            if not job.is_open or left <= 0:
                return job
            waiter = _Waiter(job_id, time.monotonic() + pause, pause, is_draft=job.submitted_at is None)
            await self._wait(waiter, left, leaving, jobs)
            pause = waiter.pause
            if leaving is not None and leaving.done():
                raise ClientGone
            if self._closing.is_set():
                end = 0.0  # one more look

    async def _wait(
        self, waiter: _Waiter, seconds: float, leaving: "asyncio.Future[None] | None", jobs: OwnerJobs
    ) -> None:
        """Return when the job may be finished, the time is over, the client is gone, or the server is closing."""
        if leaving is not None:
            leaving.add_done_callback(lambda _: waiter.woken.set())
        self._waiters.add(waiter)
        if waiter.due < self._next_look:
            self._next_look = waiter.due
            self._arrival.set()
        if self._task is None or self._task.done():
            with shared_as(None):
                self._task = asyncio.create_task(self._watch())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    while jobs.needs_key and not await _is_set(waiter.woken, KEY_LOOK):
                        await in_key_thread(jobs.require_alive)
                    await waiter.woken.wait()
        finally:
            self._waiters.discard(waiter)

    async def _watch(self) -> None:
        """Look whenever a request is due, until no request waits."""
        closing = asyncio.create_task(self._closing.wait())
        try:
            while self._waiters and not self._closing.is_set():
                self._arrival.clear()
                arrival = asyncio.create_task(self._arrival.wait())
                left = max(0.0, self._next_look - time.monotonic())
                await asyncio.wait({closing, arrival}, timeout=left, return_when=asyncio.FIRST_COMPLETED)
                arrival.cancel()
                if self._next_look <= time.monotonic():
                    await self._look()
                    self._next_look = min((waiter.due for waiter in self._waiters), default=math.inf)
            for waiter in self._waiters:
                waiter.woken.set()
        finally:
            self._next_look = math.inf
            closing.cancel()

    async def _look(self) -> None:
        """Wake the requests whose job is not open any more, or past its deadline; and those of drafts that are due."""
        began = time.monotonic()
        asked = [waiter for waiter in self._waiters if not waiter.is_draft or waiter.due <= began]
        ids = sorted({waiter.job_id for waiter in asked})
        try:
            deadlines, now = await sync_to_thread(lambda: (self._open_deadlines(ids), self._now()))
        except Unavailable:
            deadlines, now = {}, None  # wake all: each request reads its job, and answers with the error if it persists
        looked_at = time.monotonic()
        for waiter in asked:
            deadline = deadlines.get(waiter.job_id)
            if deadline is None or now is None or deadline <= now:
                waiter.woken.set()
            waiter.pause = min(waiter.pause * 1.5, _LONGEST_PAUSE)
            waiter.due = looked_at + waiter.pause


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Return whether the event is set before so many seconds have passed."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


def _look(jobs: OwnerJobs, job_id: UUID) -> Job:
    jobs.require_alive()
    return jobs.get(job_id)
