"""A service whose worker threads run in this process, with an engine that recognises nothing."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

from entrypoints.settings import Settings
from entrypoints.worker.threads import worker_threads
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, JobStatus, OcrService, Upload

_SLOTS: Final = 2
#: Seconds between two reads of a job while waiting; long enough to cost almost nothing.
_POLL: Final = 0.2
#: Pages of the largest job.
MOST: Final = 10_000


@contextmanager
def working(folder: Path) -> Iterator[OcrService]:
    """Yield a service on the embedded backend with running worker threads."""
    settings = Settings(data_dir=folder, max_files=MOST)
    with service_of_nothing(settings) as service:
        threads = worker_threads(service, settings, kind="worker", slots=_SLOTS)
        threads.start()
        try:
            yield service
        finally:
            threads.stop(timedelta(seconds=5))


def finish_job(service: OcrService, content: bytes, pages: int) -> None:
    """Submit a job of ``pages`` copies, and return when it is done. Raises ``RuntimeError`` if it fails."""
    job = service.of(LOCAL_OWNER).submit([Upload(f"{number}.png", io.BytesIO(content)) for number in range(pages)])
    while job.finished_at is None:
        time.sleep(_POLL)
        job = service.of(LOCAL_OWNER).get(job.id)
    if job.status is not JobStatus.DONE:
        msg = f"The job is {job.status}, so nothing was measured."
        raise RuntimeError(msg)
