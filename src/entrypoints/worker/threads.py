"""The crew: the threads of one process that receive, recognise, settle, keep alive and keep up."""

import socket
import time
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Final

from entrypoints.settings import Settings
from entrypoints.worker.loops import Bell, Loop
from ocrcore import OcrService, Step, Unavailable

#: Seconds after which who waits for a bell looks by himself, also whether he should end.
_LOOK: Final = 0.5
#: Seconds after which who reads ahead looks what waits next.
_LOOK_AHEAD: Final = 0.1
#: Seconds to wait while a service is away.
_AWAY: Final = 1.0
#: Seconds between two reports of this process.
_REPORT: Final = 10.0
#: Seconds, of the grace period, that ending what did not finish may take.
_END: Final = 2.0
#: What becomes of messages is told when so many have gathered, or after so many seconds.
_GATHERED: Final = 10
_GATHER: Final = 2.0


class WorkerThreads:
    """Loops around a worker's steps; without slots only upkeep and reports.

    One receives, one keeps alive, one disposes; for each slot one recognises, and for each two of them one reads ahead
    and one settles.
    """

    def __init__(
        self,
        service: OcrService,
        *,
        kind: str,
        slots: int,
        visibility: timedelta,
        upkeep_period: timedelta,
        poll: timedelta,
    ) -> None:
        self._id, self._kind, self._host = uuid.uuid4(), kind, socket.gethostname()
        self._worker = service.worker(slots=max(1, slots))
        self._service, self._poll = service, poll
        self._beat_period = visibility.total_seconds() / 3
        self._gather = min(_GATHER, visibility.total_seconds() / 10)
        self._upkeep_period = upkeep_period.total_seconds()
        self._arrival, self._answers, self._taken, self._gathered = Bell(), Bell(), Bell(), Bell()
        self._upkeep = Loop("upkeep", self._keep_up)
        self._reporter = Loop("reporter", self._report)
        self._slots = [Loop(f"slot-{number}", self._process) for number in range(slots)]
        pairs = range((slots + 1) // 2)
        self._fetchers = [Loop(f"fetcher-{number}", self._fetch) for number in pairs]
        self._settlers = [Loop(f"settler-{number}", self._settle) for number in pairs]
        few = 1 if slots else 0
        self._receivers = [Loop("receiver", self._receive)] * few
        self._heartbeats = [Loop("heartbeat", self._beat)] * few
        self._disposers = [Loop("disposer", self._dispose)] * few

    def start(self) -> None:
        """Start every thread."""
        for loop in (
            *(self._reporter, self._upkeep),
            *(*self._receivers, *self._heartbeats, *self._disposers),
            *(*self._fetchers, *self._settlers, *self._slots),
        ):
            loop.start()

    def drain(self) -> None:
        """Receive and begin nothing more; what runs goes on. Safe to call from a signal handler's thread, and twice."""
        for loop in (self._reporter, self._upkeep, *self._receivers, *self._fetchers, *self._slots):
            loop.stop()
        self._arrival.close()
        self._taken.close()
        self._worker.drain()

    def stop(self, grace: timedelta) -> None:
        """Drain, let what runs finish within the grace period, give back the rest, and end every thread.

        Answers whose commit failed are tried again until the grace period is over.
        """
        end = time.monotonic() + grace.total_seconds()
        self.drain()
        patience = max(time.monotonic(), end - _END)
        ended = [slot.join(max(0.0, patience - time.monotonic())) for slot in self._slots]
        if not all(ended):
            self._worker.stop_work()
        # A receive that is not waited for may be handed messages that nobody will show to others.
        _join(*self._slots, *self._receivers, seconds=max(_END, self._poll.total_seconds() + 1))
        _join(self._upkeep, *self._fetchers)
        for loop in (*self._settlers, *self._disposers):
            loop.stop()
        self._answers.close()
        self._gathered.close()
        # Whoever settles may be storing layouts still: an answer in his hands is nobody else's.
        _join(*self._settlers, *self._disposers, seconds=max(_END, patience - time.monotonic()))
        while (step := self._worker.commit_once()) is not Step.IDLE and time.monotonic() < end:
            time.sleep(_LOOK if step is Step.BLOCKED else 0)
        self._worker.acknowledge_once()
        for loop in self._heartbeats:
            loop.stop()
        _join(*self._heartbeats, self._reporter)  # a last beat may have messages to show
        with suppress(Unavailable):  # then it is missed a little later
            self._say(slots=0)

    def _report(self) -> float:
        self._say(slots=len(self._slots))
        return _REPORT

    def _say(self, *, slots: int) -> None:
        self._service.report(
            worker_id=self._id,
            kind=self._kind,
            host=self._host,
            slots=slots,
            seconds_per_page=self._worker.seconds_per_page,
        )

    def _receive(self) -> float:
        self._taken.wait(lambda: self._worker.room > 0, _LOOK)
        step = self._worker.receive_once(self._poll)
        if step is Step.DONE:
            self._arrival.ring()
        return _AWAY if step is Step.BLOCKED else 0.0

    def _fetch(self) -> float:
        if self._worker.fetch_once() is Step.IDLE:
            self._arrival.wait(lambda: self._worker.may_fetch, _LOOK_AHEAD)
        return 0.0

    def _process(self) -> float:
        step = self._worker.process_one()
        if step is Step.IDLE:
            self._arrival.wait(lambda: self._worker.has_waiting, _LOOK)
        elif step is Step.DONE:
            self._taken.ring()
            self._answers.ring()
        return _AWAY if step is Step.BLOCKED else 0.0

    def _settle(self) -> float:
        step = self._worker.commit_once()
        if step is Step.IDLE:
            self._answers.wait(lambda: self._worker.has_results, _LOOK)
        elif step is Step.DONE:
            self._arrival.ring()  # slots may have waited for the answer to be settled
            if self._worker.unacknowledged >= _GATHERED:
                self._gathered.ring()
        return _AWAY if step is Step.BLOCKED else 0.0

    def _dispose(self) -> float:
        self._gathered.wait(lambda: self._worker.unacknowledged >= _GATHERED, self._gather)
        return _AWAY if self._worker.acknowledge_once() is Step.BLOCKED else 0.0

    def _beat(self) -> float:
        step = self._worker.beat_once()
        return min(_AWAY, self._beat_period) if step is Step.BLOCKED else self._beat_period

    def _keep_up(self) -> float:
        self._service.upkeep_once()
        return self._upkeep_period


def worker_threads(service: OcrService, settings: Settings, *, kind: str, slots: int) -> WorkerThreads:
    """Return a crew that goes by the settings, not yet started."""
    return WorkerThreads(
        service,
        kind=kind,
        slots=slots,
        visibility=settings.visibility_timeout,
        upkeep_period=settings.upkeep_period,
        poll=settings.poll,
    )


def _join(*loops: Loop, seconds: float = _END) -> None:
    """Wait for loops to end, all of them together no longer than so many seconds."""
    end = time.monotonic() + seconds
    for loop in loops:
        loop.join(max(0.0, end - time.monotonic()))
