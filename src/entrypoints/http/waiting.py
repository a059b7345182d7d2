"""``?wait=``: an answer that is held until the job is finished, by nothing but a sleeping coroutine."""

import asyncio
import time
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

from litestar.concurrency import sync_to_thread

from ocrcore import Job, OcrService
from ocrcore.domain.durations import parse_duration
from ocrcore.domain.errors import InvalidOption

#: Longest wait.
MOST: Final = timedelta(seconds=30)
#: Seconds between the first two looks, and the most between any two.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 1.0


def wait_time(text: str | None) -> timedelta:
    """Return how long the client wants to wait, nothing by default. Raises ``InvalidOption``."""
    if text is None:
        return timedelta()
    try:
        duration = parse_duration(text)
    except ValueError:
        duration = MOST * 2
    if duration > MOST:
        msg = f"wait must be a duration of at most {int(MOST.total_seconds())}s, as 20s."
        raise InvalidOption(msg)
    return duration


async def finished_job(service: OcrService, job_id: UUID, wait: timedelta, closing: asyncio.Event) -> Job:
    """Return the job when it is finished, or as it is when the time is over or the server is closing.

    Between two looks neither a thread nor a database connection is held.
    """
    end, pause = time.monotonic() + wait.total_seconds(), _FIRST_PAUSE
    while True:
        job = await sync_to_thread(service.get, job_id)
        left = end - time.monotonic()
        if not job.is_open or left <= 0:
            return job
        with suppress(TimeoutError):
            async with asyncio.timeout(min(pause, left)):
                await closing.wait()
                end = 0.0  # one more look, and the caller asks again
        pause = min(pause * 1.5, _LONGEST_PAUSE)
