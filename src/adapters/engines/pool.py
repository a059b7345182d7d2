"""A pool of child processes under limits of time and memory, each with one page at a time.

Engines and decoders read untrusted files. They may hang, crash or exhaust memory, so they run in child processes, which
the parent can kill at any time.

**Slots.** A pool has a fixed number of slots, and each slot keeps one child ready. A caller takes a free slot, uses its
child alone for one page, and puts the slot back. Further callers wait for a free slot, and the wait counts against the
deadline of their page.

**Children.** A child serves many pages. It first sends a hello with its engines, then answers one request after the
other (:mod:`adapters.engines.protocol`). A failure that the child reports concerns the page only. After a crash, an
invalid answer, a stop or a missed deadline the slot kills the child, with every process that it started, and starts
another one in the background.

**Recycling.** Engines retain some of the memory that they allocate. After a number of pages, or when its resident
memory is too large after a page, a child is replaced (:class:`adapters.engines.slot.RecyclePolicy`).

**The spawner.** Children must not outlive a parent that dies, so a child asks the kernel to kill it when its parent
ends. The kernel watches the thread that started the child rather than the process, and the threads of callers may end
at any time. For that reason a single thread, the spawner, starts all children, and it lives until the pool is closed.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from queue import Empty, LifoQueue
from threading import Event, Lock
from types import TracebackType
from typing import Final, Self, TypeVar

from adapters.engines.deferred_signals import uninterrupted
from adapters.engines.errors import EngineMissing
from adapters.engines.framing import Closed, Deadline, OutOfTime, Stopped
from adapters.engines.process import ChildProcess
from adapters.engines.protocol import Hello, Limits, Request, Task
from adapters.engines.recycling import RecyclePolicy
from adapters.engines.slot import Slot
from adapters.engines.tessdata import find_tessdata
from adapters.engines.wall.build import Sandbox, describe, is_whole
from adapters.engines.workspace import Workspace
from ocrcore.domain.engine_choice import MOST_ACCURATE, offer_of_auto
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO
from ocrcore.ports.documents import Source

T = TypeVar("T")

_log = logging.getLogger(__name__)

_DEFAULT: Final = Limits()
_DAMAGED: Final = "The process of the engine {} does not start; ocrcore's own installation may be damaged."
_NO_CHILD: Final = "The process that opens documents does not start; ocrcore's own installation may be damaged."
_NO_WALL: Final = (
    "OCR_SANDBOX=require, but this kernel does not wall engine processes in completely: {}; use a kernel from 5.13"
    " with Landlock and seccomp, or OCR_SANDBOX=best."
)
#: Longest time from the start of the first child to its hello, in seconds.
_START: Final = 30.0
#: Longest wait to write a request to a child that is starting, in seconds.
_ASKING: Final = 1.0
#: Longest wait for the pages in progress to end once they are stopped, in seconds.
_STOP: Final = 5.0


class ChildPool:
    """Recognises, renders or inspects up to ``slots`` pages at once. A page that misses its deadline costs its child.

    ``name`` is the default engine: a module of this package that creates a reader, or ``auto`` for the one that suits
    the languages. A page may choose it, or any available engine of ``also``. Without a name the children have no
    engine. ``max_pixels``, ``memory``, ``decoding`` and ``written`` are the children's
    :class:`~adapters.engines.protocol.Limits`. They write below ``root``, by default the system's temporary folder.
    ``sandbox`` says how much of the wall around a child must stand. Raises :class:`EngineMissing` if the engine cannot
    work here.
    """

    def __init__(  # noqa: PLR0913 - limits, each with its default
        self,
        name: str | None = "tesseract",
        *,
        also: Collection[str] = (),
        slots: int = 1,
        max_pixels: int = _DEFAULT.max_pixels,
        memory: int = _DEFAULT.memory,
        recycle: RecyclePolicy = RecyclePolicy(),  # noqa: B008 - frozen
        root: Path | None = None,
        sandbox: Sandbox = Sandbox.BEST,
        decoding: int = _DEFAULT.decoding,
        written: int = _DEFAULT.written,
    ) -> None:
        if slots < 1:
            msg = "an engine needs a slot"
            raise ValueError(msg)
        wanted = () if name is None else MOST_ACCURATE if name == AUTO else (name,)
        self._engines = (*wanted, *sorted(set(also) - {AUTO, *wanted}))
        self._limits = Limits(max_pixels, memory, decoding, written)
        self._readable = None if sandbox is Sandbox.OFF else _tessdata()
        self._slots, self._closed, self._closing, self._noting = slots, Event(), Lock(), Lock()
        #: Whether the next child examines its engines; those that load theirs with care; what each child loads at once.
        self._examines, self._careful, self._warmed = True, frozenset[str](), ""
        self._offers: Mapping[str, Offer] = {}
        with ExitStack() as undo:
            with uninterrupted():  # gettempdir itself writes a file there
                self._workspace = undo.enter_context(Workspace(root or Path(tempfile.gettempdir())))
            # Runs after the spawner ends: kills children that were still starting when their slot was cleared.
            self._started: list[ChildProcess] = []
            undo.callback(self._kill_started)
            # Its one thread outlives all children: the kernel kills a child when the thread that started it ends.
            self._spawner = undo.enter_context(ThreadPoolExecutor(1, thread_name_prefix="spawner"))
            with uninterrupted():  # a thread that is starting when a signal ends that is waited for by nobody
                self._spawner.submit(lambda: None).result()
            self._free_slots: LifoQueue[Slot] = LifoQueue()
            for _ in range(slots):
                slot = Slot(lambda: self._spawner.submit(self._spawn, self._engines), recycle, self)
                undo.callback(slot.clear)
                self._free_slots.put(slot)
            self._hello = self._handshake(slot)
            self._examines = False
            self._default = AUTO if name is None else name
            self._offers = _with_auto(self._hello, self._default, wanted)
            for engine in set(wanted) & set(self._hello.missing):
                _log.info("an engine is not here", extra={"engine": engine, "why": self._hello.missing[engine]})
            if sandbox is Sandbox.REQUIRE and not is_whole(self._hello.wall):
                raise EngineMissing(_NO_WALL.format(describe(self._hello.wall)))
            self._undo = undo.pop_all()

    @property
    def folder(self) -> Path:
        """The folder with the files of all children."""
        return self._workspace.path

    @property
    def wall(self) -> Mapping[str, str]:
        """The layers of the wall around each child, and what the kernel gave; empty without a wall."""
        return self._hello.wall

    @property
    def children(self) -> int:
        """How many children there are."""
        return sum(not child.killed for child in self._started)

    def ask(
        self,
        request: Request,
        sources: Sequence[Source],
        deadline: Deadline,
        decode: Callable[[bytes], T],
    ) -> T:
        """Return a child's answer to a request on these files, decoded by ``decode``.

        Raises ``EngineFailure`` for a failure that the child reports, ``Closed`` or ``ValueError`` if the child is
        lost, and as :meth:`Deadline.pause` does.
        """
        with self._slot(deadline) as slot:
            return slot.ask(request, sources, deadline, decode)

    def warm(self, engine: str) -> None:
        """Start all children, and have each child, also later ones, load this engine before a page needs it."""
        self._warmed = engine
        with suppress(Empty), ExitStack() as back:
            for _ in range(self._slots):
                slot = self._free_slots.get_nowait()
                back.callback(self._free_slots.put, slot)
                slot.warm(lambda child: self._ask_to_load(child, engine))

    def load(self, engine: str, timeout: timedelta) -> None:
        """Load an engine that is offered in one child, so that its offer tells what it runs on.

        Raises as :meth:`ask` does.
        """
        deadline = self.deadline(timeout)
        with self._slot(deadline) as slot:
            slot.load(engine, deadline)

    def loaded(self, engine: str, version: str) -> None:
        """Note what an engine is, now that it is loaded. Its hello could only say what is meant."""
        with self._noting:
            offer = self._offers.get(engine)
            if offer is None or offer.version == version:
                return
            own = {name: each for name, each in self._offers.items() if name != AUTO}
            own[engine] = replace(offer, version=version)
            auto = offer_of_auto(own, self._default) if AUTO in self._offers else None
            self._offers = own if auto is None else {AUTO: auto, **own}
        _log.warning("an engine runs otherwise than was meant", extra={"engine": version})

    def ended_its_child(self, engine: str) -> bool:
        """Have later children load an engine with care, and, if they did, only for pages that need it.

        Returns whether a page that does not need it may be tried again.
        """
        with self._noting:
            was_careful = engine in self._careful
            self._careful |= {engine}
            was_warmed = was_careful and self._warmed == engine
            if was_warmed:
                self._warmed = ""
        if was_careful:
            _log.error("an engine ends every process that loads it", extra={"engine": engine})
        return not was_careful or was_warmed

    def has_no_room_for(self, engine: str) -> None:
        """Have later children load an engine only for pages that need it: the memory of a child is too small for it."""
        with self._noting:
            if self._warmed == engine:
                self._warmed = ""
        _log.error("an engine does not fit into the memory of a process", extra={"engine": engine})

    def deadline(self, timeout: timedelta, stopped: Callable[[], bool] = lambda: False) -> Deadline:
        """Return the deadline of one page. After :meth:`close`, every page counts as stopped."""
        return Deadline(time.monotonic() + timeout.total_seconds(), lambda: stopped() or self._closed.is_set())

    def close(self) -> None:
        """Stop the pages in progress, and remove every process and file."""
        self._closed.set()
        with self._closing:
            deadline = time.monotonic() + _STOP
            free_slots: list[Slot] = []
            with suppress(Empty):
                while len(free_slots) < self._slots:
                    free_slots.append(self._free_slots.get(timeout=max(0.0, deadline - time.monotonic())))
            self._undo.close()
            for slot in free_slots:
                self._free_slots.put(slot)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _spawn(self, engines: Sequence[str]) -> ChildProcess:
        folder = self._workspace.folder()
        child = ChildProcess(
            engines,
            limits=self._limits,
            folder=folder,
            readable=self._readable,
            examines=self._examines,
            careful=self._careful,
        )
        self._started = [*(one for one in self._started if not one.killed), child]
        if self._warmed in engines:
            self._ask_to_load(child, self._warmed)
        return child

    def _ask_to_load(self, child: ChildProcess, engine: str) -> None:
        """Ask a child to load an engine, before it has said hello. Whoever takes its slot first hears the answer."""
        with suppress(Closed, OSError, OutOfTime, Stopped):  # its slot finds out too
            child.ask_to_load(engine, Task.WARM, self.deadline(timedelta(seconds=_ASKING)))

    def _kill_started(self) -> None:
        for child in self._started:
            child.kill()

    def _handshake(self, slot: Slot) -> Hello:
        """Return the available engines. If one of several crashes its child, each is tried alone.

        The engine that crashes is left out.
        """
        try:
            return slot.handshake(Deadline(time.monotonic() + _START, self._closed.is_set))
        except (Closed, OutOfTime, ValueError) as error:
            if not self._engines:
                raise EngineMissing(_NO_CHILD) from error
            if len(self._engines) == 1:
                return Hello(missing={self._engines[0]: _DAMAGED.format(self._engines[0])})
        hellos = [self._handshake_alone(name) for name in self._engines]
        offers = {name: offer for hello in hellos for name, offer in hello.offers.items()}
        missing = {name: sentence for hello in hellos for name, sentence in hello.missing.items()}
        self._engines = tuple(offers)
        slot.renew()
        return Hello(offers, missing, next((hello.wall for hello in hellos if hello.wall), {}))

    def _handshake_alone(self, name: str) -> Hello:
        slot = Slot(lambda: self._spawner.submit(self._spawn, (name,)), RecyclePolicy())
        try:
            return slot.handshake(Deadline(time.monotonic() + _START, self._closed.is_set))
        except (Closed, OutOfTime, ValueError):
            return Hello(missing={name: _DAMAGED.format(name)})
        finally:
            slot.clear()

    @contextmanager
    def _slot(self, deadline: Deadline) -> Iterator[Slot]:
        while True:
            pause = deadline.pause()
            with suppress(Empty):
                slot = self._free_slots.get(timeout=pause)
                break
        try:
            yield slot
        finally:
            self._free_slots.put(slot)


def _tessdata() -> Sequence[str]:
    """Return where the language data is, if Tesseract is installed; a script in its place may know another."""
    try:
        return [str(find_tessdata())]
    except EngineMissing:
        return []


def _with_auto(hello: Hello, default: str, wanted: Sequence[str]) -> Mapping[str, Offer]:
    """Return the available engines, ``auto`` first unless no engine is wanted.

    Raises :class:`EngineMissing` with the sentence of the last one if none of those that are wanted is available.
    """
    if not wanted:
        return hello.offers
    auto = offer_of_auto(hello.offers, default)
    if auto is None:
        raise EngineMissing(hello.missing[wanted[-1]])
    return {AUTO: auto, **hello.offers}
