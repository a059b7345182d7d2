"""A page costs what its recognition costs: nobody waits while there is work."""

import time
from datetime import timedelta
from pathlib import Path

import pictures
from entrypoints.settings import Settings
from entrypoints.worker.crew import Crew
from full_load import submit
from nothing import service_of_nothing
from ocrcore import JobStatus

_PAGES = 200
#: Seconds; a slot that slept once for every four pages would take 50.
_PATIENCE = 15.0


def test_pages_that_are_read_at_once_are_finished_at_once(tmp_path: Path) -> None:
    period = timedelta(seconds=10)
    with service_of_nothing(Settings(data_dir=tmp_path)) as service:
        crew = Crew(service, kind="worker", slots=2, visibility=timedelta(seconds=60), upkeep_period=period)
        job = submit(service, pictures.png("ALPHA"), _PAGES)
        crew.start()
        try:
            end = time.monotonic() + _PATIENCE
            while (job := service.get(job.id)).finished_at is None and time.monotonic() < end:
                time.sleep(0.05)
        finally:
            crew.stop(timedelta(seconds=5))
    assert job.status is JobStatus.DONE
