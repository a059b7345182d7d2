"""``ocrcore worker``: the process that recognises pages until it is stopped."""

import logging
import threading
from collections.abc import Mapping

from prometheus_client import CollectorRegistry, start_http_server

from entrypoints.settings import Settings, SettingsError
from entrypoints.signals import on_stop_signals
from entrypoints.worker.threads import worker_threads
from ocrcore import OcrService

_log = logging.getLogger(__name__)


def work(
    service: OcrService, settings: Settings, registry: CollectorRegistry, *, slots: int, metrics_port: int | None
) -> None:
    """Recognise pages in ``slots`` threads and run upkeep, until SIGTERM or SIGINT.

    Metrics are served on ``metrics_port`` of the loopback address, if it is given. Raises ``SettingsError`` if the port
    is in use.
    """
    if metrics_port is not None:
        _serve_metrics(metrics_port, registry)
    threads = worker_threads(service, settings, kind="worker", slots=slots)
    stopping = threading.Event()
    on_stop_signals(stopping.set)
    threads.start()
    _log.info("working", extra={"slots": slots, **engine_names(service)})
    stopping.wait()
    threads.stop(settings.grace)


def engine_names(service: OcrService) -> Mapping[str, str]:
    """Return log fields: the default engine, and the other engines that a job may choose."""
    versions = {
        offer.version: None for offer in service.offers.values()
    }  # auto is first, with the version of one other
    engine, *others = versions
    return {"engine": engine, "other_engines": ", ".join(others) or "none"}


def _serve_metrics(port: int, registry: CollectorRegistry) -> None:
    try:
        start_http_server(port, addr="127.0.0.1", registry=registry)
    except OSError as error:
        msg = f"Cannot listen on port {port}: {error.strerror or error}; choose another with --metrics-port."
        raise SettingsError(msg) from error
