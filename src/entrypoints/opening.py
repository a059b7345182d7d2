"""Opening a service: the container built, and taken down again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, cast

from entrypoints.container import Container
from entrypoints.settings import Settings, SettingsError
from ocrcore import OcrService

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry  # a command that nobody watches does not wait for it

    from adapters.prometheus.meter import PrometheusMeter


@contextmanager
def open_service(settings: Settings, *, slots: int, kind: str | None = None) -> Iterator[OcrService]:
    """Yield the service on the backend of the settings (or of ``kind``), complete before any thread starts."""
    container = Container(settings=settings, slots=slots, kind=kind or settings.backend)
    try:
        container.init_resources()
        yield container.service()
    finally:
        container.shutdown_resources()


@contextmanager
def open_watched(settings: Settings, *, slots: int) -> "Iterator[tuple[OcrService, CollectorRegistry]]":
    """Yield the service on the backend of the settings, and where its figures are."""
    container = Container(settings=settings, slots=slots, kind=settings.backend)
    try:
        container.init_resources()
        _check_languages(settings, container.service())
        yield container.service(), cast("PrometheusMeter", container.meter()).registry
    finally:
        container.shutdown_resources()


def _check_languages(settings: Settings, service: OcrService) -> None:
    lacking = sorted(set(settings.languages).difference(service.languages))
    if lacking:
        msg = f"OCR_LANGUAGES names {', '.join(lacking)}, not installed; there are: {', '.join(service.languages)}."
        raise SettingsError(msg)
