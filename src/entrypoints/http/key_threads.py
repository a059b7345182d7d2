"""Threads that find out who calls, and whether a key is still alive: nobody waits for them behind what others ask for.

A look at a key is short. What an owner asks for may take long, and much of it may take all other threads.
"""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = ThreadPoolExecutor(8, thread_name_prefix="key")


async def in_key_thread(look: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Return what a look at a key returns, with the context of the request."""
    call = partial(contextvars.copy_context().run, partial(look, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(_THREADS, call)
