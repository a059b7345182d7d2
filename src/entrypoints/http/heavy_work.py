"""Threads for the requests that take long: submissions and results. Others do not wait behind them."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

#: Threads, of which files that wait for their inspection hold up most, and PDFs that are written a few.
_THREADS: Final = 40


class HeavyWork:
    """A few threads, started when they are needed."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="heavy")

    async def run(self, function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return what a function returns that runs in one of the threads, with the context of the request."""
        call = partial(contextvars.copy_context().run, partial(function, *args, **kwargs))
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """Let what runs end, and drop what waits."""
        self._threads.shutdown(wait=False, cancel_futures=True)
