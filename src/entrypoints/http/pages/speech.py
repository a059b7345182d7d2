"""What pages say, in the language of the reader."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from litestar import Request, Response

from entrypoints.http.cookies import sent_cookies
from entrypoints.http.pages.catalogue import CATALOGUE
from ocrcore.domain.sentence import Sentence

#: The cookie of a reader who chose a language.
COOKIE: Final = "ocr_language"
_DEFAULT: Final = "en"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_YEAR: Final = 365 * _DAY
_KILO: Final = 1000
#: From so many seconds on tenths tell nothing.
_FINE: Final = 10
#: Most elements of an ``Accept-Language`` that are looked at.
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Speech:
    """The sentences of one language; ``now`` is what ages are counted from."""

    language: str
    now: datetime

    def __call__(self, key: str, count: int | None = None, **values: object) -> str:
        """Return a text with its values put in; with a count, the singular or the plural one."""
        if count is not None:
            key = f"{key}.{'one' if count == 1 else 'many'}"
            values["n"] = self.number(count)
        return CATALOGUE[self.language][key].format_map(values)

    def known(self, key: str, otherwise: str) -> str:
        """Return a text that the catalogue may lack, as of an action of a newer release."""
        return CATALOGUE[self.language].get(key, otherwise)

    def tell(self, sentence: Sentence) -> str:
        """Return a sentence of the core."""
        return sentence.told(CATALOGUE[self.language], self.number)

    def number(self, number: int) -> str:
        """Return a number with its thousands apart."""
        return f"{number:,}".replace(",", "\u202f" if self.language == "pt" else ",")

    def decimal(self, number: float) -> str:
        """Return a number with at most one decimal place."""
        whole, _, tenths = f"{number:.1f}".partition(".")
        return self.number(int(whole)) + (self._decimal(f".{tenths}") if tenths != "0" else "")

    def size(self, count: int) -> str:
        """Return a number of bytes, as ``1.4 MB``."""
        value, unit = float(count), "B"
        for larger in ("kB", "MB", "GB", "TB"):
            if value < _KILO:
                break
            value, unit = value / _KILO, larger
        text = f"{value:.0f}" if unit == "B" or value >= 10 or value == int(value) else f"{value:.1f}"  # noqa: PLR2004
        return f"{self._decimal(text)}\u00a0{unit}"

    def ago(self, instant: datetime) -> str:
        """Return how long ago an instant was, or how far ahead it is."""
        seconds = (self.now - instant).total_seconds()
        for unit, length in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
            if seconds >= length:
                return self(f"time.{unit}", int(seconds / length))
            if -seconds >= length:
                return self(f"time.in.{unit}", round(-seconds / length))
        return self("time.now")

    def span(self, duration: timedelta) -> str:
        """Return a duration in its largest fitting unit, at least a second."""
        seconds = max(1, round(duration.total_seconds()))
        if seconds < 2 * _MINUTE:
            return self("span.seconds", seconds)
        if seconds < 2 * _HOUR:
            return self("span.minutes", round(seconds / _MINUTE))
        return self("span.hours", round(seconds / _HOUR))

    def fine_span(self, duration: timedelta) -> str:
        """Return a duration as :meth:`span` does; one of less than ten seconds with its tenths, as ``0.6 s``."""
        seconds = round(duration.total_seconds(), 1)
        return self.span(duration) if seconds >= _FINE else f"{self._decimal(f'{seconds:.1f}')}\u00a0s"

    def exact(self, instant: datetime) -> str:
        """Return an instant to the second."""
        return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"

    def _decimal(self, text: str) -> str:
        return text.replace(".", ",") if self.language == "pt" else text

    def script(self, *, of_item: bool = False) -> dict[str, str]:
        """Return the texts of the scripts, without the beginning of their keys; with those of the page of an item."""
        return {
            key.removeprefix("js.").removeprefix("item."): text
            for key, text in CATALOGUE[self.language].items()
            if key.startswith("js.") and (of_item or not key.startswith("js.item."))
        }


def speech_for(request: Request[Any, Any, Any], now: datetime) -> Speech:
    """Return the sentences in the language that the reader chose, else the one that the browser prefers."""
    return Speech(_chosen(request) or _preferred(request), now)


def choose(answer: Response[Any], language: str, *, path: str, secure: bool) -> None:
    """Have a browser remember a language; one that there is not changes nothing. ``path`` is that of all pages."""
    if language in CATALOGUE:
        answer.set_cookie(
            COOKIE, language, max_age=_YEAR, path=path or "/", httponly=True, secure=secure, samesite="lax"
        )


def _chosen(request: Request[Any, Any, Any]) -> str | None:
    return next((code for code in sent_cookies(request.scope, COOKIE) if code in CATALOGUE), None)


def _preferred(request: Request[Any, Any, Any]) -> str:
    """Return the first language of ``Accept-Language`` that there is, by its weights (RFC 9110, section 12.5.4)."""
    best, most = _DEFAULT, 0.0
    for element in request.headers.get("accept-language", "").split(",")[:_MOST]:
        name, _, parameter = element.partition(";")
        language = name.strip().lower().partition("-")[0]
        weight = _weight(parameter)
        if language in CATALOGUE and weight > most:
            best, most = language, weight
    return best


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
