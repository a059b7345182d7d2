"""A place for one child after the other; whoever holds it has the child alone."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from adapters.engines.frames import Closed, Patience
from adapters.engines.orders import Greeting, Rendering, Request, decode_greeting, encode
from adapters.engines.process import ChildProcess
from ocrcore.ports.engine import EngineFault

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wear:
    """After how much a child is worn out: engines keep some of what they allocate."""

    #: Pages that it read, or drew.
    pages: int = 500
    #: Bytes of memory that it still holds after a page.
    resident: int = 1 << 30


class Seat:
    """Keeps a child ready: one that was lost or killed is replaced at once, one that is worn out, too.

    ``start`` begins to start a child, and does not wait for it.
    """

    def __init__(self, start: Callable[[], Future[ChildProcess]], wear: Wear) -> None:
        self._start = start
        self._wear = wear
        self._child: Future[ChildProcess] | None = None
        self._greeting: Greeting | None = None
        self._left = wear.pages

    def greet(self, patience: Patience) -> Greeting:
        """Return what the child says of itself. Raises ``Closed``, ``ValueError``, what ``patience`` raises."""
        return self._greeted(patience)[1]

    def ask(self, request: Request | Rendering, source: bytes, patience: Patience, decode: Callable[[bytes], T]) -> T:
        """Return what the child answers, by way of ``decode``.

        Raises ``EngineFault``, and what :meth:`greet` raises: then the child is lost.
        """
        child, _ = self._greeted(patience)
        try:
            child.send(encode(request), patience)
            child.send(source, patience)
            answer = decode(child.receive(patience))
        except EngineFault:
            self._count(child)
            raise
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
        child, self._child, self._greeting, self._left = self._child, None, None, self._wear.pages
        if child is not None and child.exception() is None:
            child.result().kill()

    def _count(self, child: ChildProcess) -> None:
        self._left -= 1
        if self._left == 0 or child.resident() > self._wear.resident:
            self.renew()

    def _greeted(self, patience: Patience) -> tuple[ChildProcess, Greeting]:
        """Return a child and its own greeting: one that dies in between is lost, and not mistaken for the next."""
        child = self._ready(patience)
        if self._greeting is None:
            try:
                self._greeting = decode_greeting(child.receive(patience))
            except BaseException:
                self.renew()
                raise
        return child, self._greeting

    def _ready(self, patience: Patience) -> ChildProcess:
        """Return a child that lived a moment ago; one that died idle is nobody's fault."""
        if self._child is None or (self._child.done() and not _lives(self._child)):
            self.renew()
        while True:
            pause = patience.pause()
            try:
                return _result(self._child, pause)
            except TimeoutError:
                continue


def _lives(child: Future[ChildProcess]) -> bool:
    return child.exception() is None and child.result().alive()


def _result(child: Future[ChildProcess] | None, seconds: float) -> ChildProcess:
    if child is None or child.exception(seconds) is not None:
        raise Closed
    return child.result()
