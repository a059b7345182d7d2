"""A slot of the pool: one child at a time, for one caller at a time."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, Protocol, TypeVar

from adapters.engines.errors import OutOfMemory
from adapters.engines.framing import Closed, Deadline, OutOfTime, Stopped
from adapters.engines.process import ChildProcess
from adapters.engines.protocol import WRITING, Hello, Request, Task, decode_hello, decode_loaded, encode_request
from adapters.engines.recycling import RecyclePolicy
from adapters.imaging.headers.reading import kind_of
from adapters.imaging.signatures import HEAD, is_pdf
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.documents import Source
from ocrcore.ports.engine import EngineFailure, EngineUnavailable

T = TypeVar("T")


#: Seconds after which an engine that is still being loaded will not be.
_LONGEST_LOAD: Final = 60.0
#: The tasks for which an engine must be loaded.
_BY_ENGINE: Final = frozenset({Task.RECOGNISE, Task.RECOGNISE_AGAIN})


class Loading(Protocol):
    """Who is told what becomes of engines that are loaded."""

    def loaded(self, engine: str, version: str) -> None:
        """Note that an engine was loaded, with its name and version as they are."""

    def ended_its_child(self, engine: str) -> bool:
        """Note that an engine ended the child that loaded it. Returns whether the next child does it otherwise."""

    def has_no_room_for(self, engine: str) -> None:
        """Note that the memory of a child is too small for an engine."""


class Slot:
    """Keeps a child ready. A child that was lost, killed or recycled is replaced at once.

    ``start`` begins to start a child, and returns without waiting for it. An engine is loaded before its first page in
    each child, so that one that cannot be loaded is told from a page that ends its child.
    """

    def __init__(
        self,
        start: Callable[[], Future[ChildProcess]],
        recycle: RecyclePolicy,
        loading: Loading | None = None,
    ) -> None:
        self._start = start
        self._recycle = recycle
        self._loading = loading
        self._child: Future[ChildProcess] | None = None
        self._hello: Hello | None = None
        self._loaded: set[str] = set()
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
        child = self._loaded_with(request.options.engine if request.task in _BY_ENGINE else None, deadline)
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

    def load(self, engine: str, deadline: Deadline) -> None:
        """Load an engine, if the child has not. Raises as :meth:`ask` does."""
        self._loaded_with(engine, deadline)

    def warm(self, ask: Callable[[ChildProcess], None]) -> None:
        """Start a child, if there is none, or ``ask`` the one that there is to load an engine."""
        if self._child is None:
            self.renew()
        elif self._child.done() and _lives(self._child):
            ask(self._child.result())

    def _loaded_with(self, engine: str | None, deadline: Deadline) -> ChildProcess:
        """Return a child that has loaded this engine, and whatever it was asked to load at its start.

        Where time ends before the latter, the child goes on with it, for the next page.
        """
        while True:
            child, hello = self._connected(deadline)
            try:
                self._load(child, engine if engine in hello.offers else None, deadline)
            except Closed:
                is_done_otherwise = child.warming is not None and child.ended_itself() and self._ended(child.warming)
                self.renew()
                if not is_done_otherwise:
                    raise
            else:
                return child

    def _load(self, child: ChildProcess, engine: str | None, deadline: Deadline) -> None:
        is_asked = False
        try:
            self._await_warm(child, engine, deadline)
            if engine is not None and engine not in self._loaded:
                is_asked = True
                child.ask_to_load(engine, Task.LOAD, deadline)
                self._await(child, deadline)
        except Closed:
            raise
        except (OutOfTime, Stopped):
            if child.warming is not None and child.loads_for() > _LONGEST_LOAD:
                self._ended(child.warming)
                is_asked = True
            if is_asked:
                self.renew()
            raise
        except EngineFailure as failure:
            if isinstance(failure, OutOfMemory):
                self.renew()
            raise
        except BaseException:
            self.renew()
            raise

    def _await_warm(self, child: ChildProcess, engine: str | None, deadline: Deadline) -> None:
        """Return when the child has loaded what it was asked to load at its start, or has failed to.

        That is a failure of the page only if the page needs it.
        """
        warmed = child.warming
        try:
            self._await(child, deadline)
        except EngineFailure as failure:
            if isinstance(failure, OutOfMemory) and self._loading is not None and warmed is not None:
                self._loading.has_no_room_for(warmed)
            if warmed == engine:
                raise

    def _await(self, child: ChildProcess, deadline: Deadline) -> None:
        """Return when the child has loaded what it was asked to load."""
        if child.warming is None:
            return
        content = child.receive(deadline)
        engine, child.warming = child.warming, None
        version = decode_loaded(content)
        self._loaded.add(engine)
        if self._loading is not None:
            self._loading.loaded(engine, version)

    def _ended(self, engine: str) -> bool:
        return self._loading is not None and self._loading.ended_its_child(engine)

    def renew(self) -> None:
        """Replace the child."""
        self.clear()
        self._child = self._start()

    def clear(self) -> None:
        """Kill the child, if there is one."""
        child, self._child, self._hello, self._left = self._child, None, None, self._recycle.pages
        self._loaded = set()
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
