"""A page costs what its recognition costs: nobody waits while there is work."""

from pathlib import Path

import pictures
from full_load import submit
from inline_worker import working
from ocrcore import LOCAL_OWNER, JobStatus
from ocrcore.testing.patience import eventually, within

_PAGES = 200
#: Seconds; a slot that slept once for every four pages would take 50.
_MOST = 15.0


def test_pages_that_are_read_at_once_are_finished_at_once(tmp_path: Path) -> None:
    with within(_MOST), working(tmp_path) as service:
        job = submit(service, pictures.png("ALPHA"), _PAGES)
        assert eventually(lambda: service.of(LOCAL_OWNER).get(job.id).finished_at)
        assert service.of(LOCAL_OWNER).get(job.id).status is JobStatus.DONE
