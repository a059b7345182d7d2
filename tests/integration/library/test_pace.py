"""A page costs what its recognition costs: nobody waits while there is work."""

import time
from pathlib import Path

import pictures
from full_load import submit
from inline_worker import working
from ocrcore import LOCAL_OWNER, JobStatus

_PAGES = 200
#: Seconds; a slot that slept once for every four pages would take 50.
_PATIENCE = 15.0


def test_pages_that_are_read_at_once_are_finished_at_once(tmp_path: Path) -> None:
    with working(tmp_path) as service:
        job = submit(service, pictures.png("ALPHA"), _PAGES)
        end = time.monotonic() + _PATIENCE
        while (job := service.of(LOCAL_OWNER).get(job.id)).finished_at is None and time.monotonic() < end:
            time.sleep(0.05)
    assert job.status is JobStatus.DONE
