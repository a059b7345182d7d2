"""The options of a job: one table, from which every form of them follows.

To add an option, add a field to :class:`JobOptions` and :class:`OptionsView`, a key to :class:`OptionFields`, and a row
to :data:`OPTIONS`. The HTTP form, the OpenAPI description, the command line, the library, the Job that clients see, the
stored JSON and the identity of an idempotent request read the table. The engine must honour the option.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any, Final, TypedDict

from ocrcore.domain.durations import LONGEST, format_duration, parse_duration, parse_stored
from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.page_ranges import ALL, EVERY_PAGE, PageRanges, parse_pages

#: The engine name that leaves the choice to the operator of the workers.
AUTO: Final = "auto"
#: The engines of ocrcore, of which an installation has some. Other distributions bring further ones.
ENGINES: Final = (AUTO, "tesseract", "tesserocr", "ppocr")
#: The form of the names of all engines.
_ENGINE: Final = re.compile(r"[a-z][a-z0-9_]{0,19}")
#: Earlier names of engines: requests may use them, and the jobs of earlier releases do.
_NAMED_NOW: Final = {"rapidocr": "ppocr"}
#: Tesseract's page segmentation modes that yield text (0 only detects the script, 2 is not implemented).
PAGE_SEGMENTATION_MODES: Final = (1, *range(3, 14))
#: Most languages that one job may combine.
MAX_LANGUAGES: Final = 8
_SHORTEST: Final = timedelta(seconds=1)
#: Finished jobs are kept at least this long.
_LEAST_KEEP: Final = timedelta(minutes=1)
#: How long a job is kept that nobody deletes.
FOREVER: Final = "forever"
_LEAST_DPI, _MOST_DPI = 72, 600
#: What an engine that is not named is chosen for.
FAST, BEST = "fast", "best"
QUALITIES: Final = (AUTO, FAST, BEST)
#: What becomes of the text that a page of a PDF has itself.
PDF_TEXT: Final = (AUTO, "ocr")
#: The turns of pages that a job may name, in degrees clockwise, beside two words.
TURNS: Final = (AUTO, "none", "90", "180", "270")
_SWITCH: Final[Mapping[str, bool]] = {"1": True, "true": True, "0": False, "false": False}

Json = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Option:
    """One row of the table of options."""

    #: The same in forms, queries, JSON and Python; on the command line with hyphens.
    name: str
    #: One sentence, for ``--help`` and the API's description.
    help: str
    #: The values that it takes, as the end of the sentence "... must be".
    range: str
    #: Text that a user wrote -> value. Raises ``ValueError`` or ``KeyError``.
    parse: Callable[[str], Any]
    #: Whether a parsed value is in the range.
    allows: Callable[[Any], bool]
    #: Value -> JSON, as clients see it and as it is stored.
    to_json: Callable[[Any], Json]
    #: The inverse of ``to_json``.
    from_json: Callable[[Any], Any]
    #: Texts of at least two values.
    examples: tuple[str, ...]
    #: The type of the JSON value, as JSON Schema calls it.
    type: str = "string"
    #: All values, where they are few.
    choices: tuple[str, ...] = ()
    #: Whether it changes how a page is read, and not only how its job is handled.
    recognition: bool = True

    def refusal(self) -> InvalidOption:
        """Return the error for a value outside the range."""
        return InvalidOption(f"{self.name} must be {self.range}.")

    def read(self, text: str) -> Any:  # noqa: ANN401 - as many types as there are options
        """Return the value of a text. Raises :class:`InvalidOption`."""
        try:
            value = self.parse(text)
        except (ValueError, KeyError) as error:
            raise self.refusal() from error
        return self.checked(value)

    def checked(self, value: Any) -> Any:  # noqa: ANN401 - as many types as there are options
        """Return the value if it is in the range. Raises :class:`InvalidOption`."""
        if not self.allows(value):
            raise self.refusal()
        return value


def parse_languages(text: str) -> tuple[str, ...]:
    """Return the codes of ``eng+por`` in their order, without checking that an engine has them."""
    return tuple(text.split("+"))


def is_engine_name(name: str) -> bool:
    """Return whether an engine may have this name. Which engines there are is known where pages are read.

    A process that lacks an engine still shows the jobs that name it.
    """
    return _ENGINE.fullmatch(name) is not None


def current_engine(name: str) -> str:
    """Return the present name of an engine that was renamed, and any other name as it is."""
    return _NAMED_NOW.get(name, name)


def _parse_mode(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 2):  # noqa: PLR2004 - the modes have two digits
        raise ValueError  # without words, because the option's refusal takes its place
    return int(text)


def _parse_dpi(text: str) -> int | None:
    if text == AUTO:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 3):  # noqa: PLR2004 - the largest has three digits
        raise ValueError  # without words, because the option's refusal takes its place
    return int(text)


def parse_keep(text: str) -> timedelta | None:
    """Return how long finished jobs are kept; None: until somebody deletes them. Raises ``ValueError``."""
    return None if text == FOREVER else parse_duration(text)


def _stored_keep(text: str) -> timedelta | None:
    return None if text == FOREVER else parse_stored(text)


def _parse_switch(text: str) -> bool:
    return _SWITCH[text.lower()]


def _are_languages(codes: Sequence[str]) -> bool:
    return 1 <= len(codes) <= MAX_LANGUAGES and len(set(codes)) == len(codes)


OPTIONS: Final = (
    Option(
        name="languages",
        help="The languages of the text, most important first.",
        range=f"1 to {MAX_LANGUAGES} different codes joined by +, as eng+por",
        parse=parse_languages,
        allows=_are_languages,
        to_json="+".join,
        from_json=parse_languages,
        examples=("eng", "eng+por"),
    ),
    Option(
        name="engine",
        help="The engine that reads the pages; it must be installed.",
        range=f"one of {', '.join(ENGINES)}, or the name of another engine that is installed",
        parse=current_engine,
        allows=is_engine_name,
        to_json=str,
        from_json=str,
        examples=(AUTO, "tesseract"),
    ),
    Option(
        name="psm",
        help="Tesseract's page segmentation mode; 3 is fully automatic.",
        range="1 or a number from 3 to 13",
        parse=_parse_mode,
        allows=lambda mode: mode in PAGE_SEGMENTATION_MODES,
        to_json=int,
        from_json=int,
        examples=("3", "6"),
        type="integer",
    ),
    Option(
        name="expires_in",
        help="The time from submission to the deadline.",
        range=f"an integer followed by s, m, h or d, from 1s to {LONGEST.days}d, as 12h",
        parse=parse_duration,
        allows=lambda duration: duration >= _SHORTEST,
        to_json=lambda duration: int(duration.total_seconds()),
        from_json=lambda seconds: timedelta(seconds=seconds),
        examples=("2d", "12h"),
        type="integer",
        recognition=False,
    ),
    Option(
        name="pages",
        help="The pages of documents that are read; files of one picture are read whatever it says.",
        range=f"{ALL}, or a list of numbers and ranges, as 1,3-7,9-",
        parse=parse_pages,
        allows=lambda pages: isinstance(pages, PageRanges),
        to_json=str,
        from_json=parse_pages,
        examples=(ALL, "1,3-7,9-"),
    ),
    Option(
        name="dpi",
        help="The dots per inch at which pages of a PDF are drawn; auto takes a scan's own, else 300.",
        range=f"{AUTO}, or a number from {_LEAST_DPI} to {_MOST_DPI}",
        parse=_parse_dpi,
        allows=lambda dpi: dpi is None or _LEAST_DPI <= dpi <= _MOST_DPI,
        to_json=lambda dpi: AUTO if dpi is None else str(dpi),
        from_json=_parse_dpi,
        examples=(AUTO, "150"),
    ),
    Option(
        name="pdf_text",
        help="auto takes the text of a PDF's page as it is if it is certain that the page shows it; ocr never does.",
        range=f"one of {', '.join(PDF_TEXT)}",
        parse=str,
        allows=lambda text: text in PDF_TEXT,
        to_json=str,
        from_json=str,
        examples=(AUTO, "ocr"),
        choices=PDF_TEXT,
    ),
    Option(
        name="rotate",
        help="The degrees clockwise by which pages are turned to be read; auto turns those that read badly, none none.",
        range=f"one of {', '.join(TURNS)}",
        parse=str,
        allows=lambda turn: turn in TURNS,
        to_json=str,
        from_json=str,
        examples=(AUTO, "90"),
        choices=TURNS,
    ),
    Option(
        name="quality",
        help="What the engine is chosen for if none is named: fast is Tesseract, best the most accurate.",
        range=f"one of {', '.join(QUALITIES)}",
        parse=str,
        allows=lambda quality: quality in QUALITIES,
        to_json=str,
        from_json=str,
        examples=(AUTO, FAST),
        choices=QUALITIES,
    ),
    Option(
        name="keep",
        help="How long the job is kept after it is finished; the operator's time counts if it is shorter.",
        range=f"{FOREVER}, or an integer followed by s, m, h or d, from 1m to {LONGEST.days}d, as 30d",
        parse=parse_keep,
        allows=lambda keep: keep is None or keep >= _LEAST_KEEP,
        to_json=lambda keep: FOREVER if keep is None else format_duration(keep),
        from_json=_stored_keep,
        examples=(FOREVER, "30d"),
        recognition=False,
    ),
    Option(
        name="accept_partial",
        help="Whether files that cannot be read become pages with an error, if another file can be read.",
        range="1 or 0, or true or false",
        parse=_parse_switch,
        allows=lambda value: isinstance(value, bool),
        to_json=bool,
        from_json=bool,
        examples=("1", "0"),
        type="boolean",
        recognition=False,
    ),
)


class OptionFields(TypedDict, total=False):
    """The options as keyword arguments; the service decides about those that are missing or None."""

    #: As ``eng+por``.
    languages: str | None
    engine: str | None
    psm: int | None
    #: As ``12h``, or seconds.
    expires_in: str | int | timedelta | None
    #: As ``1,3-7,9-``.
    pages: str | None
    #: As ``auto`` or ``150``.
    dpi: str | int | None
    #: One of :data:`PDF_TEXT`.
    pdf_text: str | None
    #: One of :data:`TURNS`.
    rotate: str | int | None
    #: One of :data:`QUALITIES`; with an engine only ``auto``.
    quality: str | None
    #: As ``forever`` or ``30d``.
    keep: str | timedelta | None
    accept_partial: bool | None


@dataclass(frozen=True, slots=True)
class OptionsView:
    """The options as clients see them, defaults filled in."""

    #: As ``eng+por``.
    languages: str
    engine: str
    psm: int
    #: Seconds.
    expires_in: int
    #: As ``all`` or ``1,3-7,9-``.
    pages: str
    #: As ``auto`` or ``150``.
    dpi: str
    #: As ``auto`` or ``ocr``.
    pdf_text: str
    #: As ``auto`` or ``90``.
    rotate: str
    #: As ``auto`` or ``fast``.
    quality: str
    #: As ``forever`` or ``30d``.
    keep: str
    accept_partial: bool


@dataclass(frozen=True, slots=True)
class JobOptions:
    """The options of a job, all valid by construction.

    Raises :class:`InvalidOption` for a value outside its range. Whether an engine is installed and has a language is
    checked at submission, and again by the worker.
    """

    #: Tesseract's language codes, most important first.
    languages: tuple[str, ...] = ("eng",)
    #: One of :data:`ENGINES`, an engine of another distribution, or in old jobs an earlier name.
    engine: str = AUTO
    #: One of :data:`PAGE_SEGMENTATION_MODES`.
    psm: int = 3
    #: From submission to the deadline, in whole seconds.
    expires_in: timedelta = timedelta(days=2)
    #: Of each document.
    pages: PageRanges = EVERY_PAGE
    #: At which pages of a PDF are drawn; None: the page decides.
    dpi: int | None = None
    #: One of :data:`PDF_TEXT`.
    pdf_text: str = AUTO
    #: One of :data:`TURNS`.
    rotate: str = AUTO
    #: One of :data:`QUALITIES`; ``auto`` if an engine is named.
    quality: str = AUTO
    #: How long the job is kept after it is finished, in whole seconds; None: until somebody deletes it.
    keep: timedelta | None = None
    #: Whether a file that inspection refuses becomes an ERROR item, instead of the whole request being refused.
    accept_partial: bool = False

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        for option in OPTIONS:
            option.checked(getattr(self, option.name))
        if AUTO not in {self.engine, self.quality}:
            msg = "quality must be auto where an engine is named, because it chooses one."
            raise InvalidOption(msg)

    @property
    def turn(self) -> int:
        """By how many degrees clockwise pages are turned before they are read."""
        return int(self.rotate) if self.rotate.isdigit() else 0

    def kept_at_most(self, keep: timedelta | None) -> "JobOptions":
        """Return the options of a job that is kept no longer than this; None is no limit."""
        return self if keep is None else replace(self, keep=keep if self.keep is None else min(self.keep, keep))

    def read_by(self, engine: str) -> "JobOptions":
        """Return the options for pages that this engine reads, whatever it was chosen for."""
        return replace(self, engine=engine, quality=self.quality if engine == AUTO else AUTO)

    def current(self) -> "JobOptions":
        """Return the options with the engine under its present name."""
        name = current_engine(self.engine)
        return self if name == self.engine else replace(self, engine=name)

    def changed(self, texts: Mapping[str, str]) -> "JobOptions":
        """Return these options with those changed that a user wrote as text. Raises :class:`InvalidOption`.

        A user who names an engine and no quality does not ask for the one that these options have.
        """
        values = {option.name: option.read(texts[option.name]) for option in OPTIONS if option.name in texts}
        if values.get("engine", AUTO) != AUTO:
            values.setdefault("quality", AUTO)
        return replace(self, **values)

    def to_json(self) -> dict[str, Json]:
        """Return the options as JSON has them."""
        return {option.name: option.to_json(getattr(self, option.name)) for option in OPTIONS}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "JobOptions":
        """Return the options that :meth:`to_json` wrote; missing options have their defaults."""
        known = (option for option in OPTIONS if option.name in values)
        return cls(**{option.name: option.from_json(values[option.name]) for option in known})

    def view(self) -> OptionsView:
        """Return the options as clients see them."""
        values: dict[str, Any] = self.to_json()
        return OptionsView(**values)

    def identity(self) -> list[Any]:
        """Return the identity of the options in an idempotent request, as JSON.

        The first four options have the form that release 0.1 hashed, because keys outlive an upgrade. Later options
        count only where they differ from their default.
        """
        first = [list(self.languages), self.engine, self.psm, self.expires_in.total_seconds()]
        default = {field.name: field.default for field in fields(self)}
        later = [option for option in OPTIONS if option.name not in _FIRST]
        changed = {
            option.name: option.to_json(value)
            for option in later
            if (value := getattr(self, option.name)) != default[option.name]
        }
        return [*first, changed] if changed else first


_FIRST: Final = frozenset({"languages", "engine", "psm", "expires_in"})
