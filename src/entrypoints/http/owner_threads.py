"""Threads that owners share: whoever asks for much leaves some to those who ask for little.

Many requests of one owner may take long at the same time, as results of thousands of pages do, or changes that wait for
one row. So an owner has fewer threads than are free: half of them while nobody else needs any, and less the more the
others need. Of the calls that wait, those of the owner with the fewest threads are next.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any, Final, ParamSpec, TypeVar

from entrypoints.http.problems import HttpProblem
from ocrcore.domain.codes import ProblemCode

P = ParamSpec("P")
T = TypeVar("T")

_CROWDED: Final = "Too many requests of this owner are being answered; try again in a few seconds."

#: Who asks in this context; None for the service itself, and where there are no others.
_sharer: ContextVar[str | None] = ContextVar("sharer", default=None)


def share_as(sharer: str | None) -> None:
    """Count what is asked from here on, in this task, as what this owner, or this address, asks for."""
    _sharer.set(sharer)


@contextmanager
def shared_as(sharer: str | None) -> Iterator[None]:
    """Count what the block asks for so, and the tasks that it begins; None for what is done for many."""
    token = _sharer.set(sharer)
    try:
        yield
    finally:
        _sharer.reset(token)


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    owner: str | None
    future: Future[Any]
    work: Callable[[], Any]


class OwnerThreads(ThreadPoolExecutor):
    """A pool of threads, started when they are needed. The context of ``submit`` says whose call it is.

    The calls of an owner begin in the order in which they came.
    """

    def __init__(self, threads: int, name: str, most_waiting: int | None = None) -> None:
        """``most_waiting`` calls of an owner may wait; the next one raises ``HttpProblem``: ``busy``."""
        super().__init__(threads, thread_name_prefix=name)
        self._free, self._most_waiting, self._turns = threads, most_waiting, Lock()
        self._held: Counter[str | None] = Counter()
        #: The calls that wait, of the owners whose last turn was longest ago first.
        self._waiting: dict[str | None, deque[_Call]] = {}

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Return the future of a call."""
        future, owner = Future[T](), _sharer.get()
        call = _Call(owner, future, partial(fn, *args, **kwargs))
        with self._turns:
            waiting = self._waiting.get(owner, ())
            if owner is not None and self._most_waiting is not None and len(waiting) >= self._most_waiting:
                raise HttpProblem(ProblemCode.BUSY, _CROWDED)
            self._waiting.setdefault(owner, deque()).append(call)
        future.add_done_callback(lambda _: self._forget(call))
        self._start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:  # noqa: FBT001, FBT002 - the base's
        """Take no more calls. Those that wait are cancelled, if that is asked for, and begin at once otherwise."""
        with self._turns:
            left = [call for calls in self._waiting.values() for call in calls]
            self._waiting.clear()
        for call in left:
            if cancel_futures:
                call.future.cancel()
            elif call.future.set_running_or_notify_cancel():
                super().submit(_settle, call)
        super().shutdown(wait, cancel_futures=cancel_futures)

    def _start(self) -> None:
        """Begin the calls whose turn it is."""
        while (call := self._next()) is not None:
            try:
                super().submit(self._work, call)
            except RuntimeError as error:  # the process ends
                self._give_back(call)
                call.future.set_exception(error)

    def _next(self) -> _Call | None:
        """Take a turn for the call that is next; return None if there is none now."""
        with self._turns:
            while entitled := [one for one in self._waiting if self._may_begin(one)]:
                owner = min(entitled, key=self._held.__getitem__)
                calls = self._waiting.pop(owner)
                call = calls.popleft()
                if calls:
                    self._waiting[owner] = calls  # behind the others
                if call.future.set_running_or_notify_cancel():
                    self._held[owner] += 1
                    self._free -= 1
                    return call
        return None

    def _may_begin(self, owner: str | None) -> bool:
        return self._free > (0 if owner is None else self._held[owner])

    def _work(self, call: _Call) -> None:
        _settle(call, lambda: self._give_back(call))
        self._start()

    def _give_back(self, call: _Call) -> None:
        with self._turns:
            self._free += 1
            self._held[call.owner] -= 1
            if not self._held[call.owner]:
                del self._held[call.owner]

    def _forget(self, call: _Call) -> None:
        """Drop a call that was cancelled while it waited."""
        if not call.future.cancelled():
            return
        with self._turns:
            calls = self._waiting.get(call.owner)
            if calls is not None and call in calls:
                calls.remove(call)
                if not calls:
                    del self._waiting[call.owner]


def _settle(call: _Call, before: Callable[[], None] = lambda: None) -> None:
    """Do the work of a call; tell how it ended when what comes before that is done."""
    try:
        answer = call.work()
    except BaseException as error:  # noqa: BLE001 - the caller's to handle, as of every pool
        before()
        call.future.set_exception(error)
    else:
        before()
        call.future.set_result(answer)
