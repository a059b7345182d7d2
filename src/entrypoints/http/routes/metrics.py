"""``/metrics``: the metrics of this process, and those of the whole service, from the database."""

import time
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from litestar import Response, Router, get
from prometheus_client import (
    CollectorRegistry,
    GCCollector,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from adapters.prometheus.gauges import Gauges
from entrypoints.http.access import METRICS
from entrypoints.worker.readiness import Readiness
from ocrcore import OcrService, ProblemCode
from ocrcore.domain.fleet import Fleet, Totals

#: Seconds for which totals are cached, because counting many jobs is slow.
_TOTALS_KEPT: Final = 30.0
#: Without the charset, which the framework adds.
_MEDIA_TYPE: Final = CONTENT_TYPE_LATEST.partition("; charset")[0]


def metrics_router(service: OcrService, registry: CollectorRegistry, readiness: Readiness) -> Router:
    """Return the route, and register the metrics of the service and of the process."""
    disable_created_metrics()  # type: ignore[no-untyped-call]  # saves one series for each counter
    registry.register(_ServiceCollector(service, readiness))
    registry.register(Gauges([readiness.gauge()]))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)

    @get("/metrics", sync_to_thread=True, tags=["health"], media_type="text/plain", opt=METRICS)
    def metrics() -> Response[bytes]:
        """Return the metrics in the format of Prometheus."""
        return Response(generate_latest(registry), media_type=_MEDIA_TYPE)

    return Router("/", route_handlers=[metrics])


class _ServiceCollector(Collector):
    """A collector that reads the metrics of the service on each scrape."""

    def __init__(self, service: OcrService, readiness: Readiness) -> None:
        self._service, self._readiness = service, readiness
        self._totals: tuple[float, Totals] | None = None

    def describe(self) -> list[Metric]:
        """Return nothing, so that the registration does not read the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Yield gauges; they are the same in every process of a service."""
        fleet, totals = self._service.fleet(), self._latest_totals()
        yield _gauge("ocr_jobs", "Jobs by status.", {status.value: n for status, n in totals.jobs.items()})
        yield _gauge("ocr_items", "Items by status.", {status.value: n for status, n in totals.items.items()})
        full = sum(one.code is ProblemCode.STORAGE_FULL for one in self._readiness.latest)
        yield GaugeMetricFamily("ocr_full_disks", "Services whose disk was full when /health/ready looked.", value=full)
        backlog = self._service.search_backlog()
        yield GaugeMetricFamily("ocr_search_backlog", "Pages that are not in the search index yet.", value=backlog)
        deliveries = self._service.delivery_figures()
        numbers = {status.value: n for status, n in deliveries.by_status.items()}
        yield _gauge("ocr_webhook_deliveries", "Deliveries of webhooks within 30 days, by status.", numbers)
        late, name = _age(fleet, deliveries.oldest_due_at), "ocr_webhook_queue_age_seconds"
        yield GaugeMetricFamily(name, "How long the delivery that is due longest has been due.", value=late)
        for name, help_text, value in _figures(fleet):
            yield GaugeMetricFamily(name, help_text, value=value)

    def _latest_totals(self) -> Totals:
        if self._totals is None or time.monotonic() - self._totals[0] > _TOTALS_KEPT:
            self._totals = (time.monotonic(), self._service.totals())
        return self._totals[1]


def _figures(fleet: Fleet) -> list[tuple[str, str, float]]:
    volume = fleet.volume
    return [
        ("ocr_queue_depth", "Pages that wait for a worker.", volume.pending),
        ("ocr_queue_age_seconds", "How long the oldest of them has waited.", _age(fleet, volume.oldest_pending_at)),
        ("ocr_outbox_age_seconds", "How long the oldest unsent message waits.", _age(fleet, volume.oldest_order_at)),
        ("ocr_workers", "Processes that read pages.", len(fleet.live)),
        ("ocr_slots", "Pages that they read at the same time.", fleet.slots),
        ("ocr_pages_per_minute", "What they can do by their own measure; 0 before it.", fleet.pages_per_minute or 0),
    ]


def _age(fleet: Fleet, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (fleet.now - since).total_seconds())


def _gauge(name: str, help_text: str, values: dict[str, int]) -> GaugeMetricFamily:
    gauge = GaugeMetricFamily(name, help_text, labels=["status"])
    for label, value in values.items():
        gauge.add_metric([label], value)
    return gauge
