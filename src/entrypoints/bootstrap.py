"""Bootstrap: open a service by building its container, and shut it down."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from adapters.engines.inspection import ChildInspector
from adapters.local.clock import SystemClock
from entrypoints.backends.backend import OpenBackend
from entrypoints.container import Container, container_on
from entrypoints.settings import Settings, SettingsError
from ocrcore import Finding, OcrService
from ocrcore.ports.clock import Clock

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry  # slow to import, so only processes that serve metrics do

    from adapters.prometheus.gauges import Gauges
    from adapters.prometheus.meter import PrometheusMeter


@contextmanager
def open_service(settings: Settings, *, slots: int, kind: str | None = None) -> Iterator[OcrService]:
    """Yield the service on the backend of the settings, or on ``kind``; it is complete before any thread starts."""
    container = Container(settings=settings, slots=slots, kind=kind or settings.backend)
    try:
        container.init_resources()
        yield container.service()
    finally:
        container.shutdown_resources()


@contextmanager
def open_on(backend: OpenBackend, settings: Settings, *, slots: int) -> Iterator[OcrService]:
    """Yield a service on a backend that stays open after the block. Without slots it recognises nothing."""
    container = container_on(backend, settings, slots=slots)
    try:
        container.init_resources()
        yield container.service()
    finally:
        container.shutdown_resources()


@contextmanager
def open_watched(settings: Settings, *, slots: int) -> "Iterator[tuple[OcrService, CollectorRegistry]]":
    """Yield the service on the backend of the settings, and the registry of its metrics.

    Raises ``SettingsError`` if a default language is not installed.
    """
    container = Container(settings=settings, slots=slots, kind=settings.backend)
    try:
        container.init_resources()
        _check_languages(settings, container.service())
        registry = cast("PrometheusMeter", container.meter()).registry
        registry.register(_own_gauges(settings, container.inspector()))
        yield container.service(), registry
    finally:
        container.shutdown_resources()


@dataclass(frozen=True, slots=True)
class Examined:
    """A service without an engine, opened for the doctor."""

    service: OcrService
    #: Why a process would not start on its backend, one line each.
    preflight_failures: Sequence[str]
    #: Returns what else is to be told about its backend, which takes calls.
    findings: Callable[[], Sequence[Finding]]
    #: The clock of this machine, to compare with the service's.
    clock: Clock


@contextmanager
def open_examined(settings: Settings) -> Iterator[Examined]:
    """Yield the service on the backend of the settings, even if preflight fails. Raises ``SchemaRefused``."""
    container = Container(settings=settings, slots=0, kind=settings.backend, examined=True)
    try:
        container.init_resources()
        backend = container.backend()
        yield Examined(container.service(), backend.preflight_failures, backend.findings, SystemClock())
    finally:
        container.shutdown_resources()


def _own_gauges(settings: Settings, inspector: ChildInspector) -> "Gauges":
    """Return the metrics of this process and its machine."""
    from adapters.prometheus.gauges import Gauge, Gauges, free_bytes  # noqa: PLC0415 - slow, as above

    return Gauges(
        [
            Gauge("ocr_inspection_children", "Processes that open uploaded documents.", lambda: inspector.children),
            Gauge("ocr_inspected_files", "Uploaded documents by state.", lambda: inspector.files, "state"),
            free_bytes({"data": settings.data_dir, "temporary": Path(tempfile.gettempdir())}),
        ]
    )


def _check_languages(settings: Settings, service: OcrService) -> None:
    lacking = sorted(set(settings.languages).difference(service.languages))
    if lacking:
        msg = f"OCR_LANGUAGES names {', '.join(lacking)}, not installed; there are: {', '.join(service.languages)}."
        raise SettingsError(msg)
