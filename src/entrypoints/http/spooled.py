"""Answers that are written to a temporary file first, and sent from there as fast as the client reads.

All answers that are being sent share the room for them, of which an owner gets half, because a client may read as
slowly as it likes. One whose key ends meanwhile gets no more of its answer: the connection is reset, as one that was
lost.
"""

import asyncio
import logging
from asyncio import FIRST_COMPLETED
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from contextvars import ContextVar
from tempfile import SpooledTemporaryFile
from threading import Lock
from typing import Any, Final

from litestar import Request, Response
from litestar.response import Stream
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from adapters.full_disk import is_full_disk
from entrypoints.http.client_gone import ClientGone, reset_connection, until_gone
from entrypoints.http.heavy_work import HeavyWork
from entrypoints.http.key_look import KEY_LOOK, KeyLook
from entrypoints.http.key_threads import in_key_thread
from entrypoints.http.problems import HttpProblem
from entrypoints.http.same_site import SAFE_METHODS
from ocrcore import OwnerJobs
from ocrcore.domain.codes import ProblemCode
from ocrcore.domain.errors import StorageFull, Unauthenticated

#: Bytes that are kept in memory (a longer document goes to disk), and bytes of a chunk that is sent.
_SPOOL, _CHUNK = 1 << 16, 1 << 16
_BUSY: Final = "The service sends as many answers as it has room for; try again in a few seconds."

_log = logging.getLogger(__name__)

#: Returns what raises ``Unauthenticated`` when whoever sends a request may read its answer no more; None if that does
#: not come to pass.
RequireAlive = Callable[[Scope], Callable[[], None] | None]


#: Returns who shares the room with others; None where there are no others.
Sharer = Callable[[Scope], str | None]


class AnswerRoom:
    """Counts the bytes of the answers that are being sent.

    An owner, or without keys an address, gets half of the room, or what a single answer needs, however long it is. That
    one counts as half, so that the others always have the rest.
    """

    def __init__(self, most: int) -> None:
        self._most, self._share, self._lock = most, most // 2, Lock()
        #: Owner -> the bytes of the answers that it is sent.
        self._of: Counter[str | None] = Counter()

    def take(self, size: int, own: int, owner: str | None) -> None:
        """Take room for more bytes of a request of an owner that has some already.

        ``owner`` is None where there is only one, who gets all of the room. Raises ``HttpProblem``: ``busy``.
        """
        with self._lock:
            before, after = self._of[owner], self._of[owner] + size
            others = sum(self._counted(other, taken) for other, taken in self._of.items() if other != owner)
            is_beyond = owner is not None and before > own and after > self._share
            is_full = others + before > own and others + self._counted(owner, after) > self._most
            if is_beyond or is_full:
                raise HttpProblem(ProblemCode.BUSY, _BUSY)
            self._of[owner] = after

    def give_back(self, size: int, owner: str | None) -> None:
        """Give the room of a request back."""
        with self._lock:
            self._of[owner] -= size
            if not self._of[owner]:
                del self._of[owner]

    def _counted(self, owner: str | None, size: int) -> int:
        return size if owner is None else min(size, self._share)


class _Answer:
    """The files of one request."""

    def __init__(self, room: AnswerRoom, owner: str | None) -> None:
        self._room, self._owner, self._size = room, owner, 0
        self._closed, self._lock = False, Lock()
        self._files: list[SpooledTemporaryFile[bytes]] = []

    @property
    def is_long(self) -> bool:
        """Whether it is sent from a file."""
        return bool(self._files)

    def open(self) -> SpooledTemporaryFile[bytes]:
        """Return a new file. Raises ``ClientGone`` after the end of the request."""
        with self._going_on():
            file = SpooledTemporaryFile(_SPOOL)  # noqa: SIM115 - closed by close()
            self._files.append(file)
            return file

    def take(self, size: int) -> None:
        """Take room for more bytes. Raises ``HttpProblem``: ``busy``, and ``ClientGone`` as :meth:`open` does."""
        with self._going_on():
            self._room.take(size, self._size, self._owner)
            self._size += size

    def close(self) -> None:
        """Close the files, and give their room back. A second call has no effect."""
        with self._lock:
            self._closed = True
            self._room.give_back(self._size, self._owner)
            self._size = 0
        for file in self._files:
            file.close()

    @contextmanager
    def _going_on(self) -> Iterator[None]:
        """Hold off the end of the request, which its client may bring about while a thread still writes."""
        with self._lock:
            if self._closed:
                raise ClientGone
            yield


#: The request that is being answered.
_answer: ContextVar[_Answer] = ContextVar("answer")


class Spools:
    """ASGI middleware around long answers.

    It closes the files of a request at its end, also if its client went away in between. While a long answer is sent it
    looks at the key of its client, and cuts the answer when that has ended.
    """

    def __init__(
        self,
        app: ASGIApp,
        most: int,
        require_alive: RequireAlive = lambda _: None,
        sharer: Sharer = lambda _: None,
    ) -> None:
        """``most`` is the number of bytes that all answers may have that are being sent."""
        self._app, self._room, self._require_alive, self._sharer = app, AnswerRoom(most), require_alive, sharer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        answer, is_cut = _Answer(self._room, self._sharer(scope)), False
        require_alive = self._require_alive(scope)
        look: KeyLook | None = None

        async def send_while_alive(message: Message) -> None:
            nonlocal look, is_cut
            if require_alive is None or not answer.is_long or message["type"] != "http.response.body":
                await send(message)
                return
            look = look or KeyLook(require_alive)
            try:
                await look.during(send(message))
            except Unauthenticated:
                is_cut = True
                reset_connection(scope)
                raise

        token = _answer.set(answer)
        try:
            await self._app(scope, receive, send_while_alive)
        except Exception:
            if not is_cut:
                raise
            _log.info("an answer was cut, because its key has ended")
        finally:
            _answer.reset(token)
            answer.close()


class SpooledResponse(Response[Any]):
    """An answer in one piece, as a view is. A long one is sent from a file, so that it waits for its client there.

    Where the disk has no room for it, and where a change has been made, it is sent from memory all the same.
    """

    def to_asgi_response(self, app: None, request: Request[Any, Any, Any], **given: Any) -> ASGIResponse:  # type: ignore[override]  # noqa: ANN401, D102 - the framework's options, passed on
        answer = super().to_asgi_response(app, request, **given)
        if len(answer.body) <= _SPOOL:
            return answer
        try:
            size, content = spooled(iter([answer.body]))
        except StorageFull:
            return answer
        except HttpProblem:
            if request.method in SAFE_METHODS:
                raise
            return answer
        long = Stream(
            content,
            background=self.background,
            headers={**self.headers, "content-length": str(size)},
            media_type=self.media_type or given.pop("media_type", None),
            status_code=self.status_code,
        )
        return long.to_asgi_response(app, request, **given)


async def spooled_for(
    request: Request[Any, Any, Any], jobs: OwnerJobs, heavy: HeavyWork, pieces: Callable[[], Iterator[bytes]]
) -> tuple[int, Iterator[bytes]]:
    """Return as :func:`spooled` does, which runs in a thread for heavy work.

    Raises ``ClientGone`` when the client goes away before, and ``Unauthenticated`` some seconds after its key was
    revoked, and lets the writing end at its next piece.
    """
    writing = asyncio.ensure_future(heavy.run(lambda: spooled(pieces())))
    leaving = asyncio.ensure_future(until_gone(request))
    try:
        while not (await asyncio.wait((writing, leaving), return_when=FIRST_COMPLETED, timeout=KEY_LOOK))[0]:
            await in_key_thread(jobs.require_alive)
    finally:
        leaving.cancel()
        if not writing.done():
            _answer.get().close()
            writing.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
            writing.cancel()
    if writing.cancelled() or not writing.done():
        raise ClientGone
    return writing.result()


def spooled(pieces: Iterator[bytes]) -> tuple[int, Iterator[bytes]]:
    """Return the size and the content of a document. All of it is written first, so errors precede the answer.

    Raises ``StorageFull``, and ``HttpProblem``: ``busy``, if too much is being sent.
    """
    answer = _answer.get()
    file = answer.open()
    try:
        with ExitStack() as written:
            if isinstance(pieces, Generator):
                written.enter_context(closing(pieces))
            for piece in pieces:
                answer.take(len(piece))
                for start in range(0, len(piece), _CHUNK):  # at once it would be copied before it goes to disk
                    file.write(memoryview(piece)[start : start + _CHUNK])
        size = file.tell()
        file.seek(0)
    except OSError as error:
        if is_full_disk(error):
            raise StorageFull from error
        raise

    def read() -> Iterator[bytes]:
        with file:
            yield b""
            for _ in range(_CHUNK, size, _CHUNK):
                yield file.read(_CHUNK)
            last = file.read()
        yield last  # when the client has it, the file is closed

    document = read()
    next(document)  # from here on the file is closed with the generator, even if the client reads nothing
    return size, document
