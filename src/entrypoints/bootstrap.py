"""Bootstrap: open a service by building its container, and shut it down."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from adapters.local.clock import SystemClock
from entrypoints.backends.backend import OpenBackend
from entrypoints.container import Container, container_on
from entrypoints.settings import Settings, SettingsError
from ocrcore import Finding, OcrService
from ocrcore.ports.clock import Clock

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry  # slow to import, so only processes that serve metrics do

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
        yield container.service(), cast("PrometheusMeter", container.meter()).registry
    finally:
        container.shutdown_resources()


@dataclass(frozen=True, slots=True)
class Examined:
    """A service without an engine, opened for the doctor."""

    service: OcrService
    #: Why a process would not start on its backend, one line each.
    preflight_failures: Sequence[str]
    #: What else is to be told about its backend.
    findings: Sequence[Finding]
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


def _check_languages(settings: Settings, service: OcrService) -> None:
    lacking = sorted(set(settings.languages).difference(service.languages))
    if lacking:
        msg = f"OCR_LANGUAGES names {', '.join(lacking)}, not installed; there are: {', '.join(service.languages)}."
        raise SettingsError(msg)
