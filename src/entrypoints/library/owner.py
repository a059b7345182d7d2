"""The local owner: of every job that is made on this machine without a key."""

from ocrcore import LOCAL_OWNER, OcrService, OwnerJobs


def local_jobs(service: OcrService) -> OwnerJobs:
    """Return the jobs of the local owner."""
    return service.of(LOCAL_OWNER)
