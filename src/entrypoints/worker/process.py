"""``ocrcore worker``: the process that recognises pages until it is stopped."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, disable_created_metrics, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from adapters.prometheus.gauges import Gauge, Gauges
from entrypoints.networks import is_loopback
from entrypoints.service_manager import ServiceManager
from entrypoints.settings import Settings, SettingsError
from entrypoints.signals import on_stop_signals
from entrypoints.worker.health_server import Answer, HealthServer, fine, problem
from entrypoints.worker.readiness import Readiness, failure_fields, worst
from entrypoints.worker.threads import WorkerThreads, worker_threads
from entrypoints.worker.watchdog import Watchdog
from ocrcore import OcrService, ProblemCode

_log = logging.getLogger(__name__)

#: Seconds between two looks at whether the first report was stored.
_LOOK: Final = 0.2
_STARTING: Final = "This worker has not reported itself to the service yet."
_STOPPING: Final = "This worker is stopping."


class _Life:
    """What a worker says of itself: alive, ready, or stopping."""

    def __init__(self, threads: WorkerThreads, readiness: Readiness) -> None:
        self._threads, self._readiness = threads, readiness
        self.stopping = threading.Event()

    def live(self) -> Answer:
        """Answer 200 while every loop moves."""
        frozen = self._threads.frozen()
        if not frozen:
            return fine()
        detail = f"A loop of this process does not move: {', '.join(sorted(frozen))}."
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR, ProblemCode.INTERNAL_ERROR, detail)

    def ready(self) -> Answer:
        """Answer 200 if this worker takes pages: it has begun, does not stop, and every service answers."""
        unavailable = HTTPStatus.SERVICE_UNAVAILABLE
        if self.stopping.is_set():
            return problem(unavailable, ProblemCode.BUSY, _STOPPING)
        failures = self._readiness.look()
        if failures:
            code, detail = worst(failures)
            status = HTTPStatus.INSUFFICIENT_STORAGE if code is ProblemCode.STORAGE_FULL else unavailable
            return problem(status, code, detail, failing=failure_fields(failures))
        return fine() if self._threads.reported.is_set() else problem(unavailable, ProblemCode.BUSY, _STARTING)


def work(
    service: OcrService,
    settings: Settings,
    registry: CollectorRegistry,
    *,
    slots: int,
    metrics_port: int | None,
    manager: ServiceManager | None = None,
) -> None:
    """Recognise pages in ``slots`` threads and run upkeep, until SIGTERM or SIGINT.

    Health and metrics are served on ``metrics_port`` of the loopback address, and where ``OCR_WORKER_HEALTH`` says.
    Raises ``SettingsError`` if a port is in use. The service manager is told what the process does.
    """
    threads = worker_threads(service, settings, kind="worker", slots=slots)
    stopping = threading.Event()
    on_stop_signals(stopping.set)
    with _served(service, settings, registry, threads, metrics_port) as life:
        watchdog = Watchdog(
            manager or ServiceManager(), frozen=threads.frozen, status=lambda: status_words(threads.reading)
        )
        threads.start()
        watchdog.start()
        _log.info("working", extra={"slots": slots, **engine_names(service)})
        while not (stopping.is_set() or threads.reported.is_set()):
            stopping.wait(_LOOK)
        if not stopping.is_set():
            watchdog.ready()
        stopping.wait()
        life.stopping.set()
        watchdog.stopping()
        threads.stop(settings.grace)
        watchdog.end()


def status_words(reading: int) -> str:
    """Return what a process does, for the service manager."""
    return "Waiting for pages." if reading == 0 else f"Reading {reading} page{'' if reading == 1 else 's'}."


def engine_names(service: OcrService) -> Mapping[str, str]:
    """Return log fields: the default engine, and the other engines that a job may choose."""
    versions = {
        offer.version: None for offer in service.offers.values()
    }  # auto is first, with the version of one other
    engine, *others = versions
    return {"engine": engine, "other_engines": ", ".join(others) or "none"}


def thread_gauges(threads: WorkerThreads) -> Gauges:
    """Return the metrics of the worker threads of a process."""
    return Gauges(
        [
            Gauge("ocr_reading_pages", "Pages that are being read here.", lambda: threads.reading),
            Gauge("ocr_cache_bytes", "Bytes of documents that are at hand here.", lambda: threads.cached_bytes),
            Gauge("ocr_frozen_loops", "Loops of this process that do not move.", lambda: len(threads.frozen())),
        ]
    )


@contextmanager
def _served(
    service: OcrService, settings: Settings, registry: CollectorRegistry, threads: WorkerThreads, port: int | None
) -> Iterator[_Life]:
    readiness = Readiness(service.probes)
    life = _Life(threads, readiness)
    disable_created_metrics()  # type: ignore[no-untyped-call]  # saves one series for each counter
    registry.register(thread_gauges(threads))
    registry.register(Gauges([readiness.gauge()]))
    ProcessCollector(registry=registry)
    GCCollector(registry=registry)

    def metrics() -> Answer:
        return Answer(HTTPStatus.OK, generate_latest(registry), CONTENT_TYPE_LATEST)

    health = {"/health/live": life.live, "/health/ready": life.ready}
    with ExitStack() as open_servers:
        open_servers.callback(readiness.close)
        if port is not None:
            paths = {**health, "/metrics": metrics, "/": metrics}
            open_servers.callback(_listening("127.0.0.1", port, paths, "--metrics-port").close)
        if settings.worker_health is not None:
            host, own_port = settings.worker_health
            is_open = is_loopback(host) or "metrics" in settings.open
            paths = {**health, "/metrics": metrics} if is_open else health
            open_servers.callback(_listening(host, own_port, paths, "OCR_WORKER_HEALTH").close)
        yield life


def _listening(host: str, port: int, paths: Mapping[str, Callable[[], Answer]], setting: str) -> HealthServer:
    try:
        server = HealthServer(host, port, paths)
    except OSError as error:
        msg = f"Cannot listen on {host} port {port}: {error.strerror or error}; choose another with {setting}."
        raise SettingsError(msg) from error
    _log.info("health", extra={"url": f"http://{f'[{host}]' if ':' in host else host}:{server.port}"})
    return server
