"""Child processes under limits of time and memory, each with one page at a time."""

import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Event, Lock
from types import TracebackType
from typing import Final, Self, TypeVar

from adapters.engines.errors import EngineMissing
from adapters.engines.frames import Closed, OutOfTime, Patience
from adapters.engines.orders import Greeting, Rendering, Request
from adapters.engines.process import ChildProcess
from adapters.engines.seat import Seat
from adapters.engines.uninterrupted import uninterrupted
from adapters.engines.workspace import Workspace

T = TypeVar("T")

#: Seconds that the first child may take to say what it has.
_START: Final = 30.0
#: Seconds within which every page in work ends once it is stopped.
_STOP: Final = 5.0


class ChildPool:
    """Up to ``slots`` pages at once, each in a long-lived child process that is killed when a page is not done in time.

    ``name`` is a module of this package that creates a reader. ``memory`` is the address space of a child, and of the
    program that it runs: a page of 50 million pixels takes a decoder up to 0.8 GB and Tesseract 0.7 GB. Children
    write below ``root``, by default the system's folder for temporary files. More callers than slots wait, and the
    wait counts. Raises :class:`EngineMissing` where the engine cannot work here.
    """

    def __init__(
        self,
        name: str = "tesseract",
        *,
        slots: int = 1,
        max_pixels: int = 50_000_000,
        memory: int = 2 << 30,
        pages_per_child: int = 500,
        root: Path | None = None,
    ) -> None:
        if slots < 1:
            msg = "an engine needs a slot"
            raise ValueError(msg)
        self._name, self._max_pixels, self._memory = name, max_pixels, memory
        self._slots, self._closed, self._closing = slots, Event(), Lock()
        with ExitStack() as undo:
            with uninterrupted():  # looking for the folder writes a file there, too
                self._workspace = undo.enter_context(Workspace(root or Path(tempfile.gettempdir())))
            # Its one thread starts every child and outlives them all: the system kills a child with that thread.
            self._spawner = undo.enter_context(ThreadPoolExecutor(1, thread_name_prefix="spawner"))
            self._seats: LifoQueue[Seat] = LifoQueue()
            for _ in range(slots):
                seat = Seat(lambda: self._spawner.submit(self._spawn), pages_per_child)
                undo.callback(seat.clear)
                self._seats.put(seat)
            self._greeting = self._greet(seat)
            self._undo = undo.pop_all()

    def ask(self, request: Request | Rendering, source: bytes, patience: Patience, decode: Callable[[bytes], T]) -> T:
        """Return what a child answers, by way of ``decode``.

        Raises ``EngineFault``, ``Closed`` or ``ValueError`` for a child that is lost, and what ``patience`` raises.
        """
        with self._seat(patience) as seat:
            return seat.ask(request, source, patience, decode)

    def patience(self, timeout: timedelta, stopped: Callable[[], bool] = lambda: False) -> Patience:
        """Return the patience of one page. After :meth:`close`, every page counts as stopped."""
        return Patience(time.monotonic() + timeout.total_seconds(), lambda: stopped() or self._closed.is_set())

    def close(self) -> None:
        """Stop what is in work; leave no process and no file."""
        self._closed.set()
        with self._closing:
            deadline = time.monotonic() + _STOP
            seats: list[Seat] = []
            with suppress(Empty):
                while len(seats) < self._slots:
                    seats.append(self._seats.get(timeout=max(0.0, deadline - time.monotonic())))
            self._undo.close()
            for seat in seats:
                self._seats.put(seat)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _spawn(self) -> ChildProcess:
        return ChildProcess(
            self._name, max_pixels=self._max_pixels, memory=self._memory, folder=self._workspace.folder()
        )

    def _greet(self, seat: Seat) -> Greeting:
        try:
            greeting = seat.greet(Patience(time.monotonic() + _START, self._closed.is_set))
        except (Closed, OutOfTime, ValueError) as error:
            msg = f"The process of the engine {self._name} does not start; ocrcore's own installation may be damaged."
            raise EngineMissing(msg) from error
        if greeting.missing:
            raise EngineMissing(greeting.missing)
        return greeting

    @contextmanager
    def _seat(self, patience: Patience) -> Iterator[Seat]:
        while True:
            pause = patience.pause()
            with suppress(Empty):
                seat = self._seats.get(timeout=pause)
                break
        try:
            yield seat
        finally:
            self._seats.put(seat)
