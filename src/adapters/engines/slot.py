"""A slot of the pool: one child at a time, for one caller at a time."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

from adapters.engines.errors import OutOfMemory
from adapters.engines.framing import Closed, Deadline
from adapters.engines.process import ChildProcess
from adapters.engines.protocol import WRITING, Hello, Request, decode_hello, encode_request
from adapters.engines.recycling import RecyclePolicy
from adapters.imaging.headers.reading import kind_of
from adapters.imaging.signatures import HEAD, is_pdf
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure, EngineUnavailable

T = TypeVar("T")


class Slot:
    """Keeps a child ready. A child that was lost, killed or recycled is replaced at once.

    ``start`` begins to start a child, and returns without waiting for it.
    """

    def __init__(self, start: Callable[[], Future[ChildProcess]], recycle: RecyclePolicy) -> None:
        self._start = start
        self._recycle = recycle
        self._child: Future[ChildProcess] | None = None
        self._hello: Hello | None = None
        self._left = recycle.pages

    def handshake(self, deadline: Deadline) -> Hello:
        """Return the child's hello. Raises ``Closed``, ``ValueError``, and as :meth:`Deadline.pause` does."""
        return self._connected(deadline)[1]

    def ask(
        self,
        request: Request,
        sources: Sequence[Source],
        deadline: Deadline,
        decode: Callable[[bytes], T],
    ) -> T:
        """Return the child's answer, decoded by ``decode``.

        Raises ``EngineFailure`` for a failure that the child reports, and otherwise as :meth:`handshake` does. In the
        latter case the child is lost, and is replaced; so is one that ran out of memory.
        """
        child, _ = self._connected(deadline)
        try:
            child.send(encode_request(request, len(sources)), deadline)
            for place, source in enumerate(sources, 1):
                child.send_file(source, deadline, to_write=request.task in WRITING and place == len(sources))
            answer = decode(child.receive(deadline))
        except OutOfMemory:
            self.renew()
            raise
        except (EngineFailure, EngineUnavailable):
            self._count(child)
            raise
        except Closed as closed:
            failure = EngineFailure(_damaged(sources[0])) if child.was_lost_to_its_file() else closed
            self.renew()
            raise failure from closed
        except BaseException:
            self.renew()
            raise
        self._count(child)
        return answer

    def renew(self) -> None:
        """Replace the child."""
        self.clear()
        self._child = self._start()

    def clear(self) -> None:
        """Kill the child, if there is one."""
        child, self._child, self._hello, self._left = self._child, None, None, self._recycle.pages
        if child is not None and child.exception() is None:
            child.result().kill()

    def _count(self, child: ChildProcess) -> None:
        self._left -= 1
        if self._left == 0 or child.resident() > self._recycle.resident:
            self.renew()

    def _connected(self, deadline: Deadline) -> tuple[ChildProcess, Hello]:
        """Return a child and its own hello. A child that dies in between is lost, and not mistaken for the next."""
        child = self._ready(deadline)
        if self._hello is None:
            try:
                self._hello = decode_hello(child.receive(deadline))
            except BaseException:
                self.renew()
                raise
        return child, self._hello

    def _ready(self, deadline: Deadline) -> ChildProcess:
        """Return a child that was alive a moment ago. One that died while idle is replaced without an error."""
        if self._child is None or (self._child.done() and not _lives(self._child)):
            self.renew()
        while True:
            pause = deadline.pause()
            try:
                return _result(self._child, pause)
            except TimeoutError:
                continue


def _damaged(source: Source) -> ItemErrorCode:
    """Return the code of a file that ends every child that opens it."""
    descriptor = source.fileno()
    head = source.read()[:HEAD] if descriptor is None else os.pread(descriptor, HEAD, 0)
    return ItemErrorCode.PDF_DAMAGED if kind_of(head) is None and is_pdf(head) else ItemErrorCode.IMAGE_CORRUPT


def _lives(child: Future[ChildProcess]) -> bool:
    return child.exception() is None and child.result().alive()


def _result(child: Future[ChildProcess] | None, seconds: float) -> ChildProcess:
    if child is None or child.exception(seconds) is not None:
        raise Closed
    return child.result()
