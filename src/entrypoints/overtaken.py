"""A submit of a draft that was overtaken by another, and waits for what becomes of that one."""

import time
from collections.abc import Callable

from ocrcore import Job
from ocrcore.domain.uploads import SubmitSuperseded

#: Seconds to wait for the other submit, and between two looks.
PATIENCE, PAUSE = 10.0, 0.1


def submitted_by_another(look: Callable[[], Job]) -> Job:
    """Return the job when the other submit has made it. Raises ``SubmitSuperseded`` if it does not in time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(PAUSE)
        job = look()
        if job.submitted_at is not None:
            return job
    raise SubmitSuperseded
