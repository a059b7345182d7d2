"""An engine for the pictures of :mod:`adapters.memory.pictures`."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from adapters.memory.pictures import ENDLESS, Picture, parse_picture
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.engine_choice import offer_of_auto
from ocrcore.domain.errors import InvalidOption, UnsupportedLanguage
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.looks import Doubt
from ocrcore.domain.normalisation import normalise_text
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO, JobOptions
from ocrcore.ports.engine import Engine, EngineFailure, EngineStopped, Page, Stop

_POLL: Final = 0.005
#: Of a page that lies right, and of any other.
_CONFIDENCE, _UNSURE = 96.0, 20.0
#: Letters stand at the bottom of their line.
_BASELINE: Final = (0.0, 0.0)


class MemoryEngine(Engine):
    """Equal bytes give equal layouts. ``faults`` maps bytes to the code that their recognition fails with.

    ``engines`` maps the name of each engine to its languages. ``default`` is the engine of ``auto``, by default the
    first one; ``auto`` leaves the choice to the languages, of which each engine reads those of ``well`` well.
    """

    def __init__(
        self,
        languages: Sequence[str] = ("eng", "por"),
        faults: Mapping[bytes, ItemErrorCode] | None = None,
        engines: Mapping[str, Sequence[str]] | None = None,
        *,
        default: str | None = None,
        well: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        played = {"tesseract": languages} if engines is None else engines
        good = {name: tuple(codes) for name, codes in well.items()}
        offers = {name: Offer(f"{name} 1", tuple(sorted(has)), good.get(name)) for name, has in played.items()}
        self._default = next(iter(offers)) if default is None else default
        self._offers = {AUTO: offer_of_auto(offers, self._default) or Offer("none", ()), **offers}
        self._faults = {} if faults is None else faults

    @property
    def offers(self) -> Mapping[str, Offer]:
        """The configured engines."""
        return self._offers

    @property
    def default(self) -> str:
        """The configured default."""
        return self._default

    def recognise(self, page: Page, *, timeout: timedelta, stop: Stop) -> Layout:
        """Return the layout that the bytes describe."""
        picture = self._picture(page, timeout, stop)
        return self._layout(page, picture, turn=page.options.turn)

    def recognise_again(self, page: Page, doubt: Doubt, *, timeout: timedelta, stop: Stop) -> Layout | None:
        """Return the layout that the bytes describe if the page has to be turned or another engine may see more."""
        picture = self._picture(page, timeout, stop)
        turn = picture.turn if page.options.rotate == AUTO else page.options.turn
        if turn == page.options.turn and doubt is not Doubt.NO_WORDS:
            return None
        return replace(self._layout(page, picture, turn=turn), skew=0.0)

    def _picture(self, page: Page, timeout: timedelta, stop: Stop) -> Picture:
        if stop.is_set():
            raise EngineStopped
        if timeout <= timedelta():
            raise EngineFailure(ItemErrorCode.OCR_TIMEOUT)
        self._reader(page.options)
        source = page.source.read()
        if source in self._faults:
            raise EngineFailure(self._faults[source])
        picture = parse_picture(source, page.number)
        if picture is None:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_IMAGE)
        if picture.fault == ENDLESS:
            _wait(timeout, stop)
        if picture.fault:
            raise EngineFailure(ItemErrorCode(picture.fault))
        if picture.too_large:
            raise EngineFailure(ItemErrorCode.IMAGE_TOO_LARGE)
        return picture

    def _reader(self, options: JobOptions) -> str:
        try:
            return self.choice(options)
        except InvalidOption as error:
            raise EngineFailure(ItemErrorCode.INTERNAL_ERROR) from error
        except UnsupportedLanguage as error:
            raise EngineFailure(ItemErrorCode.UNSUPPORTED_LANGUAGE) from error

    def _layout(self, page: Page, picture: Picture, *, turn: int) -> Layout:
        """Return the layout of a picture that is turned: the text, or if that is the wrong turn, the same backwards."""
        text = normalise_text(picture.text)
        is_upright = turn == picture.turn
        box = (0, 0, picture.width, picture.height)
        confidence = _CONFIDENCE if is_upright else _UNSURE
        text = text if is_upright else "\n".join(line[::-1] for line in text.split("\n"))
        lines = (tuple(Word(word, box, confidence) for word in line.split()) for line in text.split("\n"))
        return Layout(
            width=picture.width,
            height=picture.height,
            engine=self._offers[self._reader(page.options)].version,
            languages=page.options.languages,
            text=text,
            lines=tuple(Line(box, words, _BASELINE) for words in lines if words),
            rotation=turn,
        )


def _wait(timeout: timedelta, stop: Stop) -> None:
    deadline = time.monotonic() + timeout.total_seconds()
    while time.monotonic() < deadline:
        if stop.is_set():
            raise EngineStopped
        time.sleep(_POLL)
    raise EngineFailure(ItemErrorCode.OCR_TIMEOUT)
