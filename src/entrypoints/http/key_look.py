"""Looks at the key of a client while its request takes long: while its body is received, or its answer is sent.

A client may send a body for hours, and read its answer for days. Its key may be revoked meanwhile, and then nothing
more is taken from it, or given to it. A look that gets no answer from the database counts as one that found the key
alive: the next one is due soon, and every change looks for itself.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Final, TypeVar

from entrypoints.http.key_threads import in_key_thread
from ocrcore.domain.errors import OcrError, Unavailable

T = TypeVar("T")

#: Seconds after which a request that is held, or long under way, looks whether its key is still alive.
KEY_LOOK: Final = 2.0


@asynccontextmanager
async def while_alive(require_alive: Callable[[], object]) -> AsyncIterator[None]:
    """Run a block, and raise in it what ``require_alive`` raises, which is called in a thread whenever it is time."""
    raised: list[OcrError] = []

    async def look_on(limit: asyncio.Timeout) -> None:
        while not raised:
            await asyncio.sleep(KEY_LOOK)
            try:
                await in_key_thread(require_alive)
            except Unavailable:
                continue
            except OcrError as error:
                raised.append(error)
        limit.reschedule(asyncio.get_running_loop().time())

    try:
        async with asyncio.timeout(None) as limit:
            looking = asyncio.create_task(look_on(limit))
            try:
                yield
            finally:
                looking.cancel()
    except TimeoutError:
        if raised:
            raise raised[0] from None
        raise


class KeyLook:
    """The looks of an answer that is sent piece by piece. One that does not take long costs none."""

    def __init__(self, require_alive: Callable[[], object]) -> None:
        """``require_alive`` raises an error if the key has ended. It runs in a thread."""
        self._require_alive = require_alive
        self._due = time.monotonic() + KEY_LOOK

    async def during(self, work: Awaitable[T]) -> T:
        """Return what the work returns, and look whenever it is time; between two works time goes on.

        Raises what the look raises if the key has ended, and cancels the work.
        """
        working = asyncio.ensure_future(work)
        working.add_done_callback(lambda ended: ended.cancelled() or ended.exception())  # seen, whatever a look raises
        try:
            while True:
                if self._due <= time.monotonic():
                    with suppress(Unavailable):
                        await in_key_thread(self._require_alive)
                    self._due = time.monotonic() + KEY_LOOK
                await asyncio.wait((working,), timeout=max(0.0, self._due - time.monotonic()))
                if working.done():
                    return working.result()
        finally:
            working.cancel()
