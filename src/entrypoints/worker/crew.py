"""The crew: the threads of one process that receive, recognise, keep alive and keep up."""

import socket
import threading
import time
import uuid
from contextlib import suppress
from datetime import timedelta
from typing import Final

from entrypoints.worker.loops import Loop
from ocrcore import OcrService, Step, Unavailable

#: How long one receive waits for a message.
_POLL: Final = timedelta(seconds=0.5)
#: Seconds that a slot waits for a message before it looks whether it should end.
_LOOK: Final = 0.5
#: Seconds after which the receiver looks whether there is room again.
_ROOM: Final = 0.05
#: Seconds to wait while a service is away.
_AWAY: Final = 1.0
#: Seconds between two reports of this process.
_REPORT: Final = 10.0
#: Seconds, of the grace period, that ending what did not finish may take.
_END: Final = 2.0


class Crew:
    """One receiver, one heartbeat, one upkeep, and a thread for each slot. Without slots only the upkeep."""

    def __init__(
        self, service: OcrService, *, kind: str, slots: int, visibility: timedelta, upkeep_period: timedelta
    ) -> None:
        self._id, self._kind, self._host = uuid.uuid4(), kind, socket.gethostname()
        self._worker = service.worker(prefetch=2 * slots)
        self._service = service
        self._arrival = threading.Condition()
        self._beat_period = visibility.total_seconds() / 3
        self._upkeep_period = upkeep_period.total_seconds()
        self._upkeep = Loop("upkeep", self._keep_up)
        self._reporter = Loop("reporter", self._report)
        self._receiver = Loop("receiver", self._receive)
        self._heartbeat = Loop("heartbeat", self._beat)
        self._slots = [Loop(f"slot-{number}", self._process) for number in range(slots)]

    def start(self) -> None:
        """Start every thread."""
        self._reporter.start()
        self._upkeep.start()
        if self._slots:
            self._receiver.start()
            self._heartbeat.start()
        for slot in self._slots:
            slot.start()

    def drain(self) -> None:
        """Receive and begin nothing more; what runs goes on. Safe to call from a signal handler's thread, and twice."""
        for loop in (self._reporter, self._upkeep, self._receiver, *self._slots):
            loop.stop()
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
        reading = (*self._slots, self._receiver) if self._slots else ()
        _join(*reading, self._upkeep)
        while self._worker.settle_once() is Step.BLOCKED and time.monotonic() < end:
            time.sleep(_ROOM)
        self._heartbeat.stop()
        _join(*((self._heartbeat,) if self._slots else ()), self._reporter)  # a last beat may have messages to show
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
        self._worker.settle_once()
        if not self._worker.room:
            return _ROOM
        step = self._worker.receive_once(_POLL)
        if step is Step.DONE:
            with self._arrival:
                self._arrival.notify_all()
        return _AWAY if step is Step.BLOCKED else 0.0

    def _process(self) -> float:
        step = self._worker.process_one()
        if step is Step.IDLE:
            with self._arrival:
                if not self._worker.has_waiting:
                    self._arrival.wait(_LOOK)
        return _AWAY if step is Step.BLOCKED else 0.0

    def _beat(self) -> float:
        step = self._worker.beat_once()
        return min(_AWAY, self._beat_period) if step is Step.BLOCKED else self._beat_period

    def _keep_up(self) -> float:
        self._service.upkeep_once()
        return self._upkeep_period


def _join(*loops: Loop) -> None:
    """Wait for loops to end, all of them together no longer than :data:`_END`."""
    end = time.monotonic() + _END
    for loop in loops:
        loop.join(max(0.0, end - time.monotonic()))
