"""Waiting for a job by long polling: the service holds its answer until the job is finished."""

import time
from collections.abc import Callable
from typing import Final

from entrypoints.client.errors import UNAVAILABLE, ApiProblem, ClientError
from ocrcore.domain.lifecycle import OPEN_JOBS
from ocrcore.formats.views import JobView

#: Seconds for which the service should hold an answer: without, and with a callback for progress.
HOLD, _HOLD_WATCHED = 20, 1
#: Seconds between the starts of two requests, at least, if the service does not hold its answers.
_PAUSE: Final = 0.2
#: Seconds for which a service that has answered before may be unavailable, as in a restart.
AWAY: Final = 60.0


def wait_for(look: Callable[[int], JobView], end: float, on_look: Callable[[JobView], None] | None) -> JobView:
    """Return the job when it is finished. Raises ``TimeoutError`` at ``end``, in seconds of the monotonic clock.

    ``look`` reads the job; its argument is for how many seconds the service may hold the answer.
    """
    most = HOLD if on_look is None else _HOLD_WATCHED
    hold = 0
    while True:
        begun = time.monotonic()
        job = look(hold)
        if on_look is not None:
            on_look(job)
        if job.status not in OPEN_JOBS:
            return job
        left = end - time.monotonic()
        if left <= 0:
            msg = f"Job {job.id} is {job.status}: {job.items.pending + job.items.processing} pages are open."
            raise TimeoutError(msg)
        if hold or left < 1:  # a pause, unless this look asked for no hold and the next one does
            time.sleep(max(0.0, min(begun + _PAUSE - time.monotonic(), left)))
        hold = int(min(most, left))


def outlast(
    look: Callable[[int], JobView], end: float, on_away: Callable[[ClientError], None]
) -> Callable[[int], JobView]:
    """Return ``look`` with retries: after a first success, it outlasts outages of up to a minute, but not past ``end``.

    ``on_away`` is called once for each outage.
    """
    answered = False

    def retrying(hold: int) -> JobView:
        nonlocal answered
        limit = None
        while True:
            try:
                job = look(hold)
            except ClientError as error:
                if not answered or (isinstance(error, ApiProblem) and error.status != UNAVAILABLE):
                    raise
                if limit is None:
                    limit = min(end, time.monotonic() + AWAY)
                    on_away(error)
                elif time.monotonic() >= limit:
                    raise
                time.sleep(_PAUSE)
            else:
                answered = True
                return job

    return retrying
