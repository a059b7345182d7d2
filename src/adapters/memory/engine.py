"""An engine for the pictures of :mod:`adapters.memory.pictures`."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from adapters.memory.pictures import ENDLESS, Picture, parse_picture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.normalisation import normalise_text
from ocrcore.domain.options import AUTO
from ocrcore.ports.engine import Engine, EngineFailure, EngineStopped, Offer, Page, Stop

_POLL: Final = 0.005
_CONFIDENCE: Final = 96.0


class MemoryEngine(Engine):
    """Equal bytes give equal layouts. ``faults`` maps bytes to the code that their recognition fails with.

    ``engines`` maps the name of each engine to its languages. The first one is also the engine of ``auto``.
    """

    def __init__(
        self,
        languages: Sequence[str] = ("eng", "por"),
        faults: Mapping[bytes, ItemErrorCode] | None = None,
        engines: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        played = {"tesseract": languages} if engines is None else engines
        offers = {name: Offer(f"{name} 1", tuple(sorted(has))) for name, has in played.items()}
        self._offers = {AUTO: next(iter(offers.values())), **offers}
        self._faults = {} if faults is None else faults

    @property
    def offers(self) -> Mapping[str, Offer]:
        """The configured engines."""
        return self._offers

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return the layout that the bytes describe."""
        if stop.is_set():
            raise EngineStopped
        if timeout <= timedelta():
            raise EngineFailure(ItemErrorCode.OCR_TIMEOUT)
        if page.options.engine not in self._offers:
            raise EngineFailure(ItemErrorCode.INTERNAL_ERROR)
        if not set(page.options.languages) <= set(self._offers[page.options.engine].languages):
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_LANGUAGE)
        source = page.source.read()
        if source in self._faults:
            raise EngineFailure(self._faults[source])
        picture = parse_picture(source, page.number)
        if picture is None:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE)
        if picture.fault == ENDLESS:
            _wait(timeout, stop)
        return self._layout(page, picture)

    def _layout(self, page: Page, picture: Picture) -> Layout:
        if picture.fault:
            raise EngineFailure(ItemErrorCode(picture.fault))
        if picture.too_large:
            raise EngineFailure(ItemErrorCode.IMAGE_TOO_LARGE)
        text = normalise_text(picture.text)
        box = (0, 0, picture.width, picture.height)
        lines = (tuple(Word(word, box, _CONFIDENCE) for word in line.split()) for line in text.split("\n"))
        return Layout(
            width=picture.width,
            height=picture.height,
            engine=self._offers[page.options.engine].version,
            languages=page.options.languages,
            text=text,
            lines=tuple(Line(box, words) for words in lines if words),
        )


def _wait(timeout: timedelta, stop: Stop) -> None:
    deadline = time.monotonic() + timeout.total_seconds()
    while time.monotonic() < deadline:
        if stop.is_set():
            raise EngineStopped
        time.sleep(_POLL)
    raise EngineFailure(ItemErrorCode.OCR_TIMEOUT)
