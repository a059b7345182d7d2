"""Messages of submissions and retries, sent to the queue after the answer was sent to the client."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import UUID

from litestar.background_tasks import BackgroundTask

from ocrcore.application.upkeep.relay_outbox import FAST_PATH_TIME

#: Jobs whose messages are sent at the same time. A queue that hangs costs these threads, and no request.
_THREADS: Final = 2


class MessageSender:
    """Sends in threads of its own. A job that waits here longer than the relay's grace is left to the relay."""

    def __init__(self, send: Callable[[UUID], None]) -> None:
        self._send = send
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sender")

    def after_answer(self, job_id: UUID) -> BackgroundTask:
        """Return the task that sends a job's messages once the answer is sent."""
        return BackgroundTask(self._soon, job_id)

    def close(self) -> None:
        """Send nothing more; the relay does."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _soon(self, job_id: UUID) -> None:
        context, asked = contextvars.copy_context(), time.monotonic()
        await asyncio.get_running_loop().run_in_executor(self._threads, context.run, self._unless_late, job_id, asked)

    def _unless_late(self, job_id: UUID, asked: float) -> None:
        if time.monotonic() - asked < FAST_PATH_TIME.total_seconds():
            self._send(job_id)
