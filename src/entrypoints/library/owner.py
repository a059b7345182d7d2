"""The local owner: of every job and webhook that is made on this machine without a key."""

from typing import Final

from ocrcore import LOCAL_OWNER, OcrService, OwnerJobs
from ocrcore.application.webhooks.owner_webhooks import OwnerWebhooks
from ocrcore.domain.caller import Caller

OWNER: Final = LOCAL_OWNER


def local_jobs(service: OcrService) -> OwnerJobs:
    """Return the jobs of the local owner."""
    return service.of(OWNER)


def local_webhooks(service: OcrService) -> OwnerWebhooks:
    """Return the webhooks of the local owner."""
    return service.webhooks_of(Caller(OWNER))
