"""Waiting for a job at a service that may hold its answers."""

import time
from collections.abc import Callable
from typing import Final

from entrypoints.client.errors import UNAVAILABLE, ApiProblem, ClientError
from ocrcore.domain.lifecycle import OPEN_JOBS
from ocrcore.formats.views import JobView

#: Seconds that the service is asked to hold an answer; and when somebody watches.
_HOLD, _HOLD_WATCHED = 20, 1
#: Seconds that one look takes at least, if the service does not hold its answer.
_PAUSE: Final = 0.2
#: Seconds that a service which has answered may be away, as in a restart.
AWAY: Final = 60.0


def wait_for(look: Callable[[int], JobView], end: float, on_look: Callable[[JobView], None] | None) -> JobView:
    """Return the job when it is finished, or raise ``TimeoutError`` at ``end`` on the monotonic clock.

    ``look`` is given for how many seconds its answer may be held.
    """
    most = _HOLD if on_look is None else _HOLD_WATCHED
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
        if hold or left < 1:  # then the look should have taken a while
            time.sleep(max(0.0, min(begun + _PAUSE - time.monotonic(), left)))
        hold = int(min(most, left))


def outlast(
    look: Callable[[int], JobView], end: float, on_away: Callable[[ClientError], None]
) -> Callable[[int], JobView]:
    """Return a look that, once it has worked, goes on trying for a minute when the service is away, or until ``end``.

    ``on_away`` is called once each time that the service goes away.
    """
    answered = False

    def patient(hold: int) -> JobView:
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

    return patient
