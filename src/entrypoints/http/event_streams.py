"""Streams of events: what each client still has to be sent, and the one task that looks for all of them.

While a stream is open, one task asks the database twice a second what has changed, with one query for all streams
(:class:`ocrcore.application.jobs.changes.ChangeWatch`). What it finds is encoded once, and each stream that wants it
notes it. A stream notes states by what they are the states of, so a client that reads slowly is sent the latest, delays
nobody, and holds a bounded number. One that falls behind further loses what it noted, and is sent all that has changed
since the last place that it was told, as if it had connected again.

A stream begins with such a reading of its own, one batch at a time, as fast as its client takes them. Meanwhile it
notes what the task finds, and is sent that afterwards.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Response
from litestar.concurrency import sync_to_thread
from litestar.response.base import ASGIResponse
from litestar.types import HTTPResponseBodyEvent, Receive, Scope, Send

from entrypoints.http.access import share_of
from entrypoints.http.event_frames import beginning, frame_of, heartbeat, id_frame, last_words
from entrypoints.http.key_look import KEY_LOOK
from entrypoints.http.key_threads import in_key_thread
from entrypoints.http.owner_threads import shared_as
from entrypoints.http.problems import HttpProblem
from ocrcore import OcrService, ProblemCode
from ocrcore.application.jobs.changes import Gone, Interest, ItemState, State, States
from ocrcore.application.jobs.notes import Notes
from ocrcore.domain.caller import Caller
from ocrcore.domain.errors import Unavailable

#: Seconds between two looks at what has changed.
TICK: Final = 0.5
#: Seconds without an event after which a stream sends a sign of life.
HEARTBEAT: Final = 15.0
#: States that a stream notes.
MOST_NOTED: Final = 2000
#: Seconds in which a client takes the last words of a stream.
_LAST_WORDS: Final = 1.0
_BUSY: Final = "The service has as many open streams as it has room for; try again in a few seconds."
_FINISHED, _STOPPING = "the job is finished", "the service stops"
_NO_KEY, _AWAY, _FAILED = "the key has ended", "the database does not answer", "the service failed"
_HEADERS: Final = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store, no-transform"),
    (b"x-accel-buffering", b"no"),  # nginx would collect events until they fill a page
)

_log = logging.getLogger(__name__)

#: Reads what has changed since a place, by default lately, for the beginning of a stream.
Read = Callable[[datetime | None], Iterator[States]]


class EventStream:
    """What one client is to be sent. Belongs to the event loop."""

    def __init__(
        self,
        caller: Caller,
        job_id: UUID | None = None,
        *,
        items: bool = True,
        place: datetime | None = None,
        address: str | None = None,
    ) -> None:
        """``job_id`` is the job that it is about, None for all of the owner's; ``items`` asks for items, too.

        ``address`` is the client's, who shares the room with others by it where there are no keys.
        """
        self.sharer = share_of(caller, address)
        self.caller, self.job_id, self.items = caller, job_id, items
        self.notes: Notes[bytes] = Notes(place, MOST_NOTED)
        #: Set when there is something to send.
        self.woken = asyncio.Event()
        #: Why it ends at once, or "".
        self.end = ""
        self.ended = asyncio.Event()
        #: Whether its job is finished or gone, so that it ends when everything was sent; and whether it is gone.
        self.is_finished = self.is_over = False

    def note(self, state: State, frame: bytes) -> None:
        """Note a state that its client is to be sent, but nothing after the end of the one job that it is about."""
        if self.is_over:
            return
        self.notes.note(state, frame)
        self.see(state)
        self.woken.set()

    def see(self, state: State) -> None:
        """Note whether a state is the last of its job."""
        if self.job_id is None or isinstance(state, ItemState):
            return
        self.is_over = isinstance(state, Gone)
        self.is_finished = isinstance(state, Gone) or (state.job.submitted_at is not None and not state.job.is_open)

    def take(self) -> bytes:
        """Return what is noted, and where the client may resume after it."""
        self.woken.clear()
        frames = self.notes.take()
        return b"".join([*frames, self.move()]) if frames else b""

    def move(self, place: datetime | None = None) -> bytes:
        """Return the place where the client may resume now, if it was not told, as bytes."""
        moved = self.notes.move(place)
        return b"" if moved is None else id_frame(moved)

    def finish(self, why: str) -> None:
        """End it at once. Of several reasons the first counts."""
        self.end = self.end or why
        self.ended.set()
        self.woken.set()


class EventStreams(Interest):
    """The open streams of a process. Belongs to the event loop, but for the questions of an interest."""

    def __init__(self, service: OcrService, closing: asyncio.Event, most: int) -> None:
        self._service, self._closing, self._most = service, closing, most
        self._watch = service.watch()
        self._streams: set[EventStream] = set()
        #: Owner and job, or None for all of its jobs -> the streams.
        self._by_subject: dict[tuple[str, UUID | None], set[EventStream]] = {}
        #: The looks at what has changed, and at the keys.
        self._looking: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None

    def now(self) -> datetime:
        """Return the instant of the service's clock."""
        return self._service.now()

    @property
    def looked_at(self) -> datetime:
        """The latest place at which a stream may be resumed."""
        return self._watch.looked_at

    def add(self, stream: EventStream) -> None:
        """Begin to look for a stream. Raises ``HttpProblem``: ``busy``, if there is no room, or the service stops.

        An owner, or without keys an address, gets half of the room, and the others have the rest.
        """
        own = 0 if stream.sharer is None else sum(other.sharer == stream.sharer for other in self._streams)
        if len(self._streams) >= self._most or self._closing.is_set() or 0 < self._most // 2 <= own:
            raise HttpProblem(ProblemCode.BUSY, _BUSY)
        self._streams.add(stream)
        self._by_subject.setdefault((stream.caller.owner, stream.job_id), set()).add(stream)
        with shared_as(None):
            self._look_for_all()

    def _look_for_all(self) -> None:
        if self._looking is None or self._looking.done():
            self._watch = self._service.watch()  # which does not look back to the time when nobody listened
            self._looking = asyncio.create_task(self._or_end(self._look_on))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._or_end(self._look_at_keys))

    def remove(self, stream: EventStream) -> None:
        """Look for it no more. A second call has no effect."""
        self._streams.discard(stream)
        subject = stream.caller.owner, stream.job_id
        others = self._by_subject.get(subject, set())
        others.discard(stream)
        if not others:
            self._by_subject.pop(subject, None)

    def wants(self, job_id: UUID, owner: str) -> bool:
        """Return whether a stream is about this job."""
        return (owner, None) in self._by_subject or (owner, job_id) in self._by_subject

    def wants_items(self, job_id: UUID, owner: str) -> bool:
        """Return whether a stream wants the items of this job."""
        return any(stream.items for stream in self._about(job_id, owner))

    def _about(self, job_id: UUID, owner: str) -> list[EventStream]:
        subjects = (owner, None), (owner, job_id)
        return [stream for subject in subjects for stream in tuple(self._by_subject.get(subject, ()))]

    async def _or_end(self, look_on: Callable[[], Awaitable[None]]) -> None:
        """Look, and end all streams if that fails: one for which nobody looks would seem to be about nothing."""
        try:
            await look_on()
        except Exception:  # noqa: BLE001 - whatever it was, nobody looks any more
            _log.exception("unexpected error in a look for streams of events")
            for stream in self._streams:
                stream.finish(_FAILED)

    async def _look_on(self) -> None:
        """Look until no stream is open, or the service stops."""
        while self._streams and not await _is_set(self._closing, TICK):
            with suppress(Unavailable):  # the next look makes up for it
                await self._look()
        for stream in self._streams:
            stream.finish(_STOPPING)

    async def _look(self) -> None:
        owners = sorted({owner for owner, _ in self._by_subject})
        behind = {stream for stream in self._streams if stream.notes.is_behind}
        async for found in _in_threads(self._watch.look(owners, self)):
            for state in found.states:
                self._hand_out(state)
            if found.resume_at is not None:
                for stream in self._streams - behind:
                    stream.notes.note_place(found.resume_at)

    def _hand_out(self, state: State) -> None:
        """Let the streams that want a state note it, encoded once for all of them."""
        frame = b""
        for stream in self._about(state.job_id, state.owner):
            if stream.items or not isinstance(state, ItemState):
                frame = frame or frame_of(state)
                stream.note(state, frame)

    async def _look_at_keys(self) -> None:
        """End the streams whose keys have ended."""
        while self._streams and not await _is_set(self._closing, KEY_LOOK):
            with suppress(Unavailable):  # the next look is soon
                callers = {stream.caller for stream in self._streams}
                ended = await in_key_thread(self._service.ended_among, callers)
                for stream in self._streams:
                    if stream.caller in ended:
                        stream.finish(_NO_KEY)


class EventAnswer(Response[Any]):
    """An answer that is a stream. Its first batch was read, so that an error could be answered."""

    def __init__(
        self, streams: EventStreams, stream: EventStream, first: AsyncIterator[States], read: Read, *, is_head: bool
    ) -> None:
        super().__init__(None)
        self._sending = _Sending(streams, stream, first, read, is_head=is_head)

    @classmethod
    async def opened(cls, streams: EventStreams, stream: EventStream, read: Read, *, is_head: bool) -> "EventAnswer":
        """Return the answer with the events since the stream's place. Raises what ``read`` raises, and ``busy``."""
        began = streams.now()
        streams.add(stream)  # before the reading, which sees all that was committed before it
        try:
            pieces = read(stream.notes.place)
            first = await sync_to_thread(next, pieces, None)
        except BaseException:
            streams.remove(stream)
            raise
        began = min(began, streams.looked_at)
        stream.notes.place = min(stream.notes.place or began, began)  # it may know a later one from another process
        stream.notes.note_place(began)
        return cls(streams, stream, _in_threads(pieces, first), read, is_head=is_head)

    def to_asgi_response(self, *_args: object, **_more: object) -> ASGIResponse:
        """Return the answer as the server takes it."""
        return self._sending


class _Ended(Exception):
    """The stream ends at once, for the reason that it has."""


class _Sending(ASGIResponse):
    """Sends events until the job is finished, the client goes away, its key ends or the service stops."""

    def __init__(
        self, streams: EventStreams, stream: EventStream, first: AsyncIterator[States], read: Read, *, is_head: bool
    ) -> None:
        super().__init__()
        self._streams, self._stream, self._first, self._read, self._is_head = streams, stream, first, read, is_head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as of every answer
        """Send the answer."""
        stream = self._stream
        gone = asyncio.ensure_future(_until_gone(receive))
        gone.add_done_callback(lambda _: stream.finish("nobody listens"))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            if not self._is_head:
                await self._send_all(send)
            await send(_body(b"", more=False))
        except _Ended:
            if not gone.done():
                with suppress(TimeoutError):
                    await asyncio.wait_for(send(_body(last_words(stream.end), more=False)), _LAST_WORDS)
        finally:
            gone.cancel()
            self._streams.remove(stream)

    async def _send_all(self, send: Send) -> None:
        stream, batches = self._stream, self._first
        await self._send(send, beginning(stream.notes.place))
        while True:
            try:
                await self._send_read(send, batches)
            except Unavailable:
                stream.finish(_AWAY)
            if await self._send_noted(send):
                await self._send(send, last_words(_FINISHED))
                return
            stream.notes.begin()
            batches = _in_threads(self._read(stream.notes.place))

    async def _send_read(self, send: Send, batches: AsyncIterator[States]) -> None:
        """Send what was read, but for what a look has found meanwhile."""
        stream = self._stream
        async for found in batches:
            wanted = [state for state in found.states if not stream.notes.has(state)]
            for state in wanted:
                stream.see(state)
            frames = [*map(frame_of, wanted)]
            if found.resume_at is not None:  # after what was left out
                place = min(found.resume_at, self._streams.looked_at)
                frames += [*stream.notes.take(), stream.move(place)]
            await self._send(send, b"".join(frames))

    async def _send_noted(self, send: Send) -> bool:
        """Send what is noted, until the stream is finished (True), or has fallen behind (False)."""
        stream = self._stream
        while not stream.notes.is_behind:
            await self._send(send, stream.take() or stream.move())
            if stream.is_finished and not stream.woken.is_set():
                return True
            if not await _is_set(stream.woken, HEARTBEAT):
                await self._send(send, heartbeat(stream.move()))
        return False

    async def _send(self, send: Send, body: bytes) -> None:
        """Send something. Raises ``_Ended`` if the stream ends before the client has taken it."""
        if self._stream.ended.is_set():
            raise _Ended
        if not body:
            return
        sending = asyncio.ensure_future(send(_body(body)))
        ended = asyncio.ensure_future(self._stream.ended.wait())
        try:
            await asyncio.wait((sending, ended), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                raise _Ended
            await sending
        finally:
            sending.cancel()
            ended.cancel()


def _body(body: bytes, *, more: bool = True) -> HTTPResponseBodyEvent:
    return {"type": "http.response.body", "body": body, "more_body": more}


async def _in_threads(pieces: Iterator[States], first: States | None = None) -> AsyncIterator[States]:
    """Yield what an iterator yields, after the first, each read in a thread."""
    if first is not None:
        yield first
    while (found := await sync_to_thread(next, pieces, None)) is not None:
        yield found


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    """Return whether the event is set before so many seconds have passed."""
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()
