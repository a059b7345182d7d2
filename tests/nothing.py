"""An engine that recognises nothing, so that everything around it can be counted and timed."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta

from adapters.imaging.decoding import decode_page
from entrypoints.container import Container
from entrypoints.settings import Settings
from ocrcore import Layout, OcrService
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO
from ocrcore.ports.engine import Engine, Page, Stop

#: Of a page.
_MOST_PIXELS = 50_000_000


class NothingEngine(Engine):
    """Decodes a page to grey, as every engine's child does, and finds no word on it."""

    @property
    def offers(self) -> Mapping[str, Offer]:
        offer = Offer("nothing 1", ("eng",))
        return {AUTO: offer, "tesseract": offer}  # an engine that release 0.1 has, as most jobs take

    @property
    def default(self) -> str:
        return "tesseract"

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:  # noqa: ARG002 - it takes next to no time
        picture = decode_page(page.source.read(), page.number, _MOST_PIXELS)
        return Layout(*picture.size, self.version, page.options.languages, "", ())


@contextmanager
def service_of_nothing(settings: Settings) -> Iterator[OcrService]:
    """Yield the service on the backend of the settings, with that engine."""
    container = Container(settings=settings, slots=2, kind=settings.backend)
    container.engine.override(NothingEngine())
    try:
        container.init_resources()
        yield container.service()
    finally:
        container.shutdown_resources()
