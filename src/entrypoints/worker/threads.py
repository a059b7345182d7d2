"""The worker threads of one process: loops around the steps of ``ocrcore.application.worker``.

**Threads.** With *n* slots there are:

- one *receiver*, which receives messages into the prefetch buffer while it has room;
- *n* / 2 *fetchers*, which fetch documents ahead for deliveries that wait;
- *n* *slots*, each of which claims a delivery and recognises its page;
- *n* / 2 *committers*, which store layouts and commit results;
- one *acknowledger*, which sends deletes and visibility changes to the queue in batches;
- one *heartbeat*, which extends leases and visibility timeouts;
- one *upkeep* and one *reporter*, which run without slots too: the first does the service's due work, the second
  reports this process to the fleet.

A notifier wakes a thread when another has made work for it. A waiting thread also checks by itself, every two seconds
or more often, so a missed notification costs time only.

**Stop.** It has five phases:

1. *Drain.* Nothing more is received or claimed, and waiting messages are shown to other workers at once. Recognitions,
   commits, acknowledgements and heartbeats go on.
2. *Grace.* Slots may finish their pages until two seconds before the end of the grace period.
3. *Give back.* Recognitions that still run are stopped and their items given back; the attempt does not count.
4. *Flush.* Commits that run are waited for. Results whose commit failed are tried again until the end of the grace
   period, then the pending acknowledgements are sent.
5. *Last heartbeat.* The heartbeat ends after all of these, because it keeps the leases of results that are not
   committed yet. A beat that overlaps the drain hides the waiting messages once more and then shows them, so it must
   end before the process does. Last, a report with no slots takes the process out of the fleet.

Items whose results could not be committed are recognised again once their leases and visibility timeouts lapse.
"""

import socket
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final

from entrypoints.settings import Settings
from entrypoints.worker.loops import Loop, Notifier
from entrypoints.worker.pulse import Pulse, frozen
from ocrcore import OcrService, Step, Unavailable

#: Seconds after which a waiting thread checks its condition without a notification, and whether it should end.
_CHECK: Final = 0.5
#: The same for a fetcher, whose work also changes when a slot claims a delivery.
_FETCHER_CHECK: Final = 0.1
#: Seconds to wait while a service is unavailable.
_BACKOFF: Final = 1.0
#: Seconds between two reports of this process.
_REPORT: Final = 10.0
#: Seconds of the grace period that are kept for stopping unfinished recognitions.
_END: Final = 2.0
#: Acknowledgements are sent when this many are pending, or after this many seconds.
_BATCH: Final = 10
_BATCH_PERIOD: Final = 2.0
#: Seconds after which a step of a loop counts as frozen. Calls to services end within half a minute, and a step makes
#: few of them; the second is for steps that move files, which may take any time while bytes arrive.
_CALLS: Final = 180.0
_FILES: Final = 900.0


class WorkerThreads:
    """The threads of one process; without slots, only upkeep and reports.

    ``visibility`` is the visibility timeout: heartbeats are sent every third of it. ``poll`` is how long one receive
    waits for a message.
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
        item_timeout: timedelta = timedelta(),
    ) -> None:
        self._id, self._kind, self._host = uuid.uuid4(), kind, socket.gethostname()
        self._worker = service.worker(slots=max(1, slots), worker_id=self._id)
        self._service, self._poll = service, poll
        self._beat_period = visibility.total_seconds() / 3
        self._batch_period = min(_BATCH_PERIOD, visibility.total_seconds() / 10)
        self._upkeep_period = upkeep_period.total_seconds()
        #: For slots and fetchers: a delivery may be ready for them.
        self._deliveries = Notifier()
        #: For the receiver: the prefetch buffer may have room.
        self._room = Notifier()
        #: For committers: a result waits.
        self._results = Notifier()
        #: For the acknowledger: a batch is full.
        self._full_batch = Notifier()
        self._upkeep = Loop("upkeep", self._run_upkeep, longest=_FILES)
        self._reporter = Loop("reporter", self._report, longest=_CALLS)
        reading = 2 * item_timeout.total_seconds() + _FILES
        self._slots = [Loop(f"slot-{number}", self._recognise, longest=reading) for number in range(slots)]
        pairs = range((slots + 1) // 2)
        self._fetchers = [Loop(f"fetcher-{number}", self._fetch) for number in pairs]  # slots can do without them
        self._committers = [Loop(f"committer-{number}", self._commit, longest=_FILES) for number in pairs]
        single = 1 if slots else 0
        self._receivers = [Loop("receiver", self._receive, longest=_CALLS)] * single
        self._heartbeats = [Loop("heartbeat", self._beat, longest=_CALLS)] * single
        self._acknowledgers = [Loop("acknowledger", self._acknowledge, longest=_CALLS)] * single
        #: Set when this process has reported itself to the service for the first time.
        self.reported = threading.Event()

    @property
    def _loops(self) -> Sequence[Loop]:
        return (
            *(self._reporter, self._upkeep),
            *(*self._receivers, *self._heartbeats, *self._acknowledgers),
            *(*self._fetchers, *self._committers, *self._slots),
        )

    @property
    def pulses(self) -> Sequence[Pulse]:
        """The pulse of each loop."""
        return [loop.pulse for loop in self._loops]

    def frozen(self) -> Mapping[str, float]:
        """Return the loops that do not move any more, and for how many seconds."""
        return frozen(self.pulses)

    @property
    def reading(self) -> int:
        """How many pages are being read."""
        return self._worker.reading

    @property
    def cached_bytes(self) -> int:
        """How many bytes of documents are kept in the temporary folder."""
        return self._worker.cached_bytes

    def start(self) -> None:
        """Start every thread."""
        for loop in self._loops:
            loop.start()

    def drain(self) -> None:
        """Receive and claim nothing more; attempts that run go on. Safe to call twice, and beside :meth:`stop`."""
        for loop in (self._reporter, self._upkeep, *self._receivers, *self._fetchers, *self._slots):
            loop.stop()
        self._deliveries.close()
        self._room.close()
        self._worker.drain()

    def stop(self, grace: timedelta) -> None:
        """End every thread, in the phases described at the top of this module."""
        end = time.monotonic() + grace.total_seconds()
        self.drain()
        deadline = max(time.monotonic(), end - _END)
        ended = [slot.join(max(0.0, deadline - time.monotonic())) for slot in self._slots]
        if not all(ended):
            self._worker.stop_work()
        # A receive that runs may still return messages, which it must show to other workers.
        _join(*self._slots, *self._receivers, seconds=max(_END, self._poll.total_seconds() + 1))
        _join(self._upkeep, *self._fetchers)
        for loop in (*self._committers, *self._acknowledgers):
            loop.stop()
        self._results.close()
        self._full_batch.close()
        # A committer may still be storing layouts; until it ends, no other thread can commit its results.
        _join(*self._committers, *self._acknowledgers, seconds=max(_END, deadline - time.monotonic()))
        while (step := self._worker.commit_once()) is not Step.IDLE and time.monotonic() < end:
            time.sleep(_CHECK if step is Step.BLOCKED else 0)
        self._worker.acknowledge_once()
        for loop in self._heartbeats:
            loop.stop()
        _join(*self._heartbeats, self._reporter)  # a beat that runs may still have messages to show
        with suppress(Unavailable):  # without this report, the process leaves the fleet a little later
            self._send_report(slots=0)

    def _report(self) -> float:
        self._send_report(slots=len(self._slots))
        self.reported.set()
        return _REPORT

    def _send_report(self, *, slots: int) -> None:
        self._service.report(
            worker_id=self._id,
            kind=self._kind,
            host=self._host,
            slots=slots,
            seconds_per_page=self._worker.seconds_per_page,
        )

    def _receive(self) -> float:
        self._room.wait(lambda: self._worker.room > 0, _CHECK)
        step = self._worker.receive_once(self._poll)
        if step is Step.DONE:
            self._deliveries.notify()
        return _BACKOFF if step is Step.BLOCKED else 0.0

    def _fetch(self) -> float:
        if self._worker.fetch_once() is Step.IDLE:
            self._deliveries.wait(lambda: self._worker.may_fetch, _FETCHER_CHECK)
        return 0.0

    def _recognise(self) -> float:
        claimed = self._worker.claim_one()
        if claimed is Step.IDLE:
            self._deliveries.wait(lambda: self._worker.has_waiting, _CHECK)
            return 0.0
        self._deliveries.notify()  # other pages of the document may have waited for it
        if claimed is Step.BLOCKED:
            return _BACKOFF
        if not isinstance(claimed, Step):
            self._worker.recognise(claimed)
        self._room.notify()
        self._results.notify()
        return 0.0

    def _commit(self) -> float:
        step = self._worker.commit_once()
        if step is Step.IDLE:
            self._results.wait(lambda: self._worker.has_results, _CHECK)
        elif step is Step.DONE:
            self._deliveries.notify()  # slots claim nothing while too many results wait for their commit
            if self._worker.unacknowledged >= _BATCH:
                self._full_batch.notify()
        return _BACKOFF if step is Step.BLOCKED else 0.0

    def _acknowledge(self) -> float:
        self._full_batch.wait(lambda: self._worker.unacknowledged >= _BATCH, self._batch_period)
        return _BACKOFF if self._worker.acknowledge_once() is Step.BLOCKED else 0.0

    def _beat(self) -> float:
        step = self._worker.beat_once()
        return min(_BACKOFF, self._beat_period) if step is Step.BLOCKED else self._beat_period

    def _run_upkeep(self) -> float:
        self._service.upkeep_once(self._upkeep.pulse.moved)
        return self._upkeep_period


def worker_threads(service: OcrService, settings: Settings, *, kind: str, slots: int) -> WorkerThreads:
    """Return the threads of a process with these settings, not started yet."""
    return WorkerThreads(
        service,
        kind=kind,
        slots=slots,
        visibility=settings.visibility_timeout,
        upkeep_period=settings.upkeep_period,
        poll=settings.poll,
        item_timeout=settings.item_timeout,
    )


def _join(*loops: Loop, seconds: float = _END) -> None:
    """Wait for loops to end, for ``seconds`` in total."""
    end = time.monotonic() + seconds
    for loop in loops:
        loop.join(max(0.0, end - time.monotonic()))
