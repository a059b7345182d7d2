"""The fast path of the outbox: messages are sent to the queue right after the answer was sent to the client."""

import asyncio
import contextvars
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import UUID

from litestar.background_tasks import BackgroundTask

from ocrcore.application.upkeep.relay_outbox import FAST_PATH_TIME

#: Jobs whose messages are sent at the same time. A queue that hangs blocks these threads only, and no request.
_THREADS: Final = 2


class MessageSender:
    """A thread pool that sends messages. Jobs that waited too long for a thread are left to the relay of upkeep."""

    def __init__(self, send: Callable[[UUID], None]) -> None:
        self._send = send
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sender")

    def after_answer(self, job_id: UUID) -> BackgroundTask:
        """Return the background task that sends a job's messages once the answer is sent."""
        return BackgroundTask(self._submit, job_id)

    def send(self, job_id: UUID) -> None:
        """Begin to send a job's messages, for an answer that waits for the job."""
        context, begun = contextvars.copy_context(), time.monotonic()  # the context holds the request id, for the log
        self._threads.submit(context.run, self._send_in_time, job_id, begun)

    def close(self) -> None:
        """Send nothing more; the relay sends what is left."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _submit(self, job_id: UUID) -> None:
        context, begun = contextvars.copy_context(), time.monotonic()  # the context holds the request id, for the log
        await asyncio.get_running_loop().run_in_executor(self._threads, context.run, self._send_in_time, job_id, begun)

    def _send_in_time(self, job_id: UUID, begun: float) -> None:
        if time.monotonic() - begun < FAST_PATH_TIME.total_seconds():
            self._send(job_id)
