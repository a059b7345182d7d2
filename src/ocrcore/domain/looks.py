"""Second looks at a page: when a reading is in doubt, who looks again, and which reading counts.

Every decision is made from the figures of readings, so a page that reads well costs nothing.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from statistics import median
from typing import Final

from ocrcore.domain.codes import ItemWarning
from ocrcore.domain.engine_choice import FASTEST, MOST_ACCURATE, named_engine
from ocrcore.domain.layout import Layout, Line, Word, engine_name
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import AUTO, FAST, JobOptions

#: How many times as long as the first look a second one may take, at least.
TIMES_THE_FIRST: Final = 1.5
#: The confidence of a page, and of a word, under which it is rather wrong than right, whatever read it. Pages on
#: their side or on their head have at most 49, if they are not read as they lie; 16 receipts have 63 and more.
_RATHER_RIGHT: Final = 55.0
#: Degrees of a slant from which lines are read worse, or put in the wrong order.
_SLANTED: Final = 1.5
#: Words and lines that tell a slant: so many words a line, so many lines.
_FEW_WORDS, _FEW_LINES = 3, 2
#: A line runs down the page if it is so many times as high as wide, and has more letters than this.
_DOWN, _FEW_LETTERS = 1.5, 2
_MOST: Final = 0.5
#: The share of the ink outside the words that is too much.
_UNREAD: Final = 0.05
#: A second reading may have this share of the certain letters less, because it is the one of an upright page.
_AS_GOOD: Final = 0.95


class Doubt(StrEnum):
    """Why a page is looked at again."""

    #: There is ink, and no word was found at all.
    NO_WORDS = "no-words"
    #: Most words are rather wrong than right.
    WEAK = "weak"
    #: Most lines run down the page.
    SIDEWAYS = "sideways"
    #: The lines are slanted.
    SLANTED = "slanted"
    #: Ink beside the words, on a ground that is not even, or in lines that could not be read.
    SHADED = "shaded"


class SecondLook(StrEnum):
    """What became of a second look."""

    #: Its reading counts.
    BETTER = "better"
    #: The first reading counts, for the second is not better.
    NOT_BETTER = "not-better"
    #: The page lies straight, so the engine would have read the same.
    SAME = "same"
    #: Too little time was left to begin it.
    NO_TIME = "no-time"
    #: It ran out of time, was stopped, or failed.
    FAILED = "failed"


def doubt_of(layout: Layout, options: JobOptions) -> Doubt | None:
    """Return why the reading of a page is in doubt, or None. The options may forbid to turn the page."""
    if ItemWarning.NO_WORDS in layout.warnings:  # no engine's layout has it beside words
        return Doubt.NO_WORDS
    if layout.confidence is None:  # an empty page, or text that was not recognised
        return None
    if options.rotate == AUTO:
        if layout.confidence < _RATHER_RIGHT:
            return Doubt.WEAK
        if is_sideways(layout):
            return Doubt.SIDEWAYS
        if abs(_slant(layout.lines)) >= _SLANTED:
            return Doubt.SLANTED
    return Doubt.SHADED if leaves_ink(layout) else None


def leaves_ink(layout: Layout) -> bool:
    """Return whether so much ink is outside the words that some of it may be text."""
    return layout.unread > _UNREAD


def with_its_warning(layout: Layout) -> Layout:
    """Return the layout that counts, with a warning if there is ink on the page that no look found words in."""
    if not leaves_ink(layout) or ItemWarning.NO_WORDS in layout.warnings:
        return layout
    return replace(layout, warnings=(*layout.warnings, ItemWarning.NO_WORDS))


def is_sideways(layout: Layout) -> bool:
    """Return whether most letters stand in lines that run down the page."""
    return _share_running_down(layout.lines) > _MOST


def loses_shaded_text(engine: str) -> bool:
    """Return whether this engine, with its version, sets ink apart from its ground by one level for the whole page."""
    return engine_name(engine) in FASTEST


def second_engine(
    doubt: Doubt, first: Layout, options: JobOptions, offers: Mapping[str, Offer], default: str = AUTO
) -> str | None:
    """Return the name of the engine for the second look, out of those offered; ``default`` is the operator's choice.

    Another one for a page without any word. Another one also for a page with ink outside its words, if it reads all of
    the languages well, and neither the job nor the operator named an engine or the fast one. Else the same; None if
    that would be given the same picture again.
    """
    name = engine_name(first.engine)
    same = name if name in offers else options.engine
    others = [other for other in MOST_ACCURATE if other in offers and other != name and {other, name} != set(FASTEST)]
    if doubt is Doubt.NO_WORDS:
        readers = [other for other in others if set(options.languages) <= set(offers[other].languages)]
    elif doubt is Doubt.SHADED and options.quality != FAST and named_engine(options, default) == AUTO:
        readers = [other for other in others if set(options.languages) <= set(offers[other].good_languages)]
    else:
        readers = []
    if readers:
        return readers[0]
    return None if doubt is Doubt.SHADED and not loses_shaded_text(first.engine) else same


def is_worth_a_look(took: timedelta, left: timedelta) -> bool:
    """Return whether so much time is left after the first look that a second one may begin."""
    return left > timedelta() and left >= took * TIMES_THE_FIRST


def counts_instead(first: Layout, second: Layout) -> bool:
    """Return whether the second reading counts instead of the first.

    It does if it has more certain letters, or about as many and the page was turned or straightened for it. Where there
    was no word at first, most of its letters must be certain: pictures of things look like letters to engines.
    """
    before, after = certain_letters(first), certain_letters(second)
    if not first.lines:
        return after > _MOST * _letters(second)
    is_turned = second.rotation != first.rotation or bool(second.skew)
    return after > before or (is_turned and after >= before * _AS_GOOD and after > 0)


def certain_letters(layout: Layout) -> int:
    """Return how many letters and digits are in words that are rather right than wrong."""
    return sum(_count(word.text) for word in _words(layout) if (word.confidence or 0) >= _RATHER_RIGHT)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a page, as the audit log tells of it. One that failed or found nothing new has no words."""

    #: Name and version.
    engine: str
    rotation: int
    skew: float | None
    confidence: float | None
    words: int
    milliseconds: int
    #: None for the first look.
    outcome: SecondLook | None = None

    @classmethod
    def of(cls, layout: Layout, took: timedelta, outcome: SecondLook | None = None) -> "Look":
        """Return the look that took so long and found this."""
        words = sum(len(line.words) for line in layout.lines)
        milliseconds = took // _MILLISECOND
        return cls(layout.engine, layout.rotation, layout.skew, layout.confidence, words, milliseconds, outcome)

    @classmethod
    def without_reading(cls, engine: str, took: timedelta, outcome: SecondLook) -> "Look":
        """Return the second look by this engine, with its version, that took so long and gave no reading."""
        return cls(engine, 0, None, None, 0, took // _MILLISECOND, outcome)


_MILLISECOND: Final = timedelta(milliseconds=1)


def looks_to_text(looks: Sequence[Look]) -> str:
    """Return looks as the detail of an entry holds them: every log, and release 0.1, keeps texts and numbers only."""
    plain = [{name: getattr(look, name) for name in Look.__slots__} for look in looks]  # asdict takes ten times as long
    return json.dumps(plain, separators=(",", ":"))


def looks_from_text(text: str) -> list[dict[str, str | float | None]]:
    """Return looks as clients see them."""
    looks: list[dict[str, str | float | None]] = json.loads(text)
    return looks


def _words(layout: Layout) -> Iterable[Word]:
    return (word for line in layout.lines for word in line.words)


def _letters(layout: Layout) -> int:
    return sum(_count(word.text) for word in _words(layout))


def _count(text: str) -> int:
    return sum(letter.isalnum() for letter in text)


def _share_running_down(lines: Sequence[Line]) -> float:
    """Return the share of the letters that stand in lines that run down the page."""
    long = [line for line in lines if len(line.text) > _FEW_LETTERS]
    down = sum(len(line.text) for line in long if _height(line) >= _DOWN * _width(line))
    return down / max(1, sum(len(line.text) for line in long))


def _width(line: Line) -> int:
    return line.bbox[2] - line.bbox[0]


def _height(line: Line) -> int:
    return line.bbox[3] - line.bbox[1]


def _slant(lines: Sequence[Line]) -> float:
    """Return the median of the degrees by which lines fall from their first word to their last, 0 if few tell it."""
    slants = [_fall(line) for line in lines if len(line.words) >= _FEW_WORDS]
    return median(slants) if len(slants) >= _FEW_LINES else 0.0


def _fall(line: Line) -> float:
    """Return the degrees by which the middles of the words fall; heights of letters differ less over many words."""
    half = len(line.words) // 2
    one, other = _middle(line.words[:half]), _middle(line.words[-half:])
    across = abs(other[0] - one[0])
    return math.degrees(math.atan2(other[1] - one[1], across)) if across else 0.0


def _middle(words: Sequence[Word]) -> tuple[float, float]:
    x = sum(word.bbox[0] + word.bbox[2] for word in words) / (2 * len(words))
    y = sum(word.bbox[1] + word.bbox[3] for word in words) / (2 * len(words))
    return x, y
