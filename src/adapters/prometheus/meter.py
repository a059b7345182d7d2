"""The metrics of this process, as Prometheus collects them."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from ocrcore.domain.item import Item
from ocrcore.domain.limits import LimitPolicy
from ocrcore.domain.looks import SecondLook
from ocrcore.domain.webhook import DeliveryStatus
from ocrcore.ports.meter import Meter

_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120)
_ATTEMPTS: Final = (1, 2, 3, 5, 10)


class PrometheusMeter(Meter):
    """Counters and histograms in a registry of their own. Every label has a closed set of values."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._jobs = Counter("ocr_jobs_submitted", "Jobs that were submitted here.", registry=registry)
        self._items = Counter("ocr_items_submitted", "Items that were submitted here.", registry=registry)
        self._seconds = Histogram(
            "ocr_recognition_seconds",
            "From the claim of a page to its text.",
            ["engine"],
            buckets=_SECONDS,
            registry=registry,
        )
        self._looks = Counter(
            "ocr_second_looks",
            "Pages whose first reading was in doubt, by what became of the second look.",
            ["outcome"],
            registry=registry,
        )
        self._ended = Counter(
            "ocr_attempts",
            "Attempts that ended here, by what the item was then, PENDING where another follows, and by code.",
            ["status", "code"],
            registry=registry,
        )
        self._refusals = Counter(
            "ocr_limit_refusals",
            "Requests that were refused here because a limit of their owner was reached.",
            ["limit"],
            registry=registry,
        )
        for policy in LimitPolicy:
            self._refusals.labels(policy.value)
        self._retention = Counter(
            "ocr_retention_deletions", "Finished jobs that were deleted here after their time.", registry=registry
        )
        self._lost_reads = Counter(
            "ocr_audit_reads_lost",
            "Reads that are not in the audit log, because it failed with their entries here.",
            registry=registry,
        )
        self._webhooks = Counter(
            "ocr_webhook_attempts",
            "Attempts to deliver a notice that ended here, by what the delivery was then; WAITING: it is tried again.",
            ["status"],
            registry=registry,
        )
        for status in DeliveryStatus:
            self._webhooks.labels(status.value)
        self._attempts = Histogram(
            "ocr_item_attempts", "Attempts that an item took to be finished.", buckets=_ATTEMPTS, registry=registry
        )

    def submitted(self, items: int) -> None:
        """Count a job and its items."""
        self._jobs.inc()
        self._items.inc(items)

    def recognised(self, engine: str, seconds: float) -> None:
        """Observe the seconds of a recognition."""
        self._seconds.labels(engine).observe(seconds)

    def looked_again(self, outcome: SecondLook) -> None:
        """Count the page."""
        self._looks.labels(outcome.value).inc()

    def attempt_ended(self, item: Item) -> None:
        """Count the attempt. If it was the last, observe the item's number of attempts."""
        self._ended.labels(item.status.value, (item.error_code or item.last_failure or "").lower()).inc()
        if item.finished_at is not None:
            self._attempts.observe(item.attempts)

    def refused(self, policy: LimitPolicy) -> None:
        """Count the request."""
        self._refusals.labels(policy.value).inc()

    def kept_no_longer(self) -> None:
        """Count the job."""
        self._retention.inc()

    def read_lost(self) -> None:
        """Count the read."""
        self._lost_reads.inc()

    def webhook_attempt_ended(self, status: DeliveryStatus) -> None:
        """Count the attempt."""
        self._webhooks.labels(status.value).inc()
