"""Threads for the requests that take long: submissions and results. Others do not wait behind them.

Owners share them, and those whose requests wait, by :class:`~entrypoints.http.owner_threads.OwnerThreads`.
"""

import asyncio
import contextvars
from collections.abc import Callable
from functools import partial
from typing import Final, ParamSpec, TypeVar

from entrypoints.http.owner_threads import OwnerThreads
from entrypoints.http.problems import HttpProblem
from ocrcore.domain.codes import ProblemCode

P = ParamSpec("P")
R = TypeVar("R")

#: Threads. Of these files that wait for their inspection hold up 26, pictures that wait to be drawn 25, and PDFs that
#: are written 8. An owner's half, with its half of the threads for what is short, leaves connections to the database.
_THREADS: Final = 56
#: Requests of an owner that wait for a thread; each holds a connection.
_MOST_WAITING: Final = 256
_ONE: Final = "A request of this kind is being answered already; send one after the other."


class HeavyWork:
    """A few threads, started when they are needed."""

    def __init__(self) -> None:
        self._threads = OwnerThreads(_THREADS, "heavy", _MOST_WAITING)
        self._alone: set[str] = set()

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a function returns that runs in one of the threads, with the context of the request.

        Raises ``HttpProblem``: ``busy``, if too much of whoever asks waits for a thread.
        """
        call = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    async def run_alone(self, owner: str, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return the same, for what one owner does once at a time. Raises ``HttpProblem``: ``busy``, the second time.

        For what takes as long as somebody else likes, who may be the owner: it would take all threads.
        """
        if owner in self._alone:
            raise HttpProblem(ProblemCode.BUSY, _ONE)
        self._alone.add(owner)
        try:
            return await self.run(function, *args, **kwargs)
        finally:
            self._alone.discard(owner)

    def close(self) -> None:
        """Let what runs end, and drop what waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
