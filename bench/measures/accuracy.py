"""How much of a text each way gets right, beside its speed, on several kinds of pages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from adapters.ppocr.versions import has_amx
from corpora import Corpus
from folders import new_folder
from measures.speed import SHARP, WARM, Race
from report import Figure, Goal, Grid, Table, at_least, number
from score import Pair, Split, error_rate, f1, f1_in_order, word_list
from ways.kreuzberg import Kreuzberg
from ways.ocrmypdf import OcrMyPdf
from ways.program import Program
from ways.rapidocr import RapidOcr
from ways.service import Service
from ways.way import Way

RECEIPTS: Final = "receipts"
#: Pages of which the order is half the work, so that their words as a bag say little.
COLUMNS: Final = "columns"
_F1: Final = "F1"
_IN_ORDER: Final = "F1 in order"
_ENGINES: Final = ("ppocr", "auto", "tesserocr", "tesseract")
_WAYS: Final[Sequence[Way]] = (
    Program(),
    *(Service(f"engine={engine}") for engine in _ENGINES),
    OcrMyPdf(),
    Kreuzberg(),
    RapidOcr(),
)
#: Words of receipts that PP-OCR is to read right, with AMX and without: there its models differ.
_SHARP_GOAL: Final = {True: 0.915, False: 0.9}


@dataclass(frozen=True)
class Score:
    """What a way reached on pages of one kind."""

    way: str
    f1: float
    in_order: float
    error_rate: float
    #: Pages per second, and in relation to ``xargs -P tesseract``.
    speed: float
    ratio: float

    @classmethod
    def of(cls, way: str, pairs: Sequence[Pair], speed: float, ratio: float, split: Split = word_list) -> "Score":
        """Return the score of recognised and true texts."""
        return cls(way, f1(pairs, split), f1_in_order(pairs, split), error_rate(pairs), speed, ratio)

    def reached(self, measure: str) -> float:
        """Return the F1, in order or as a bag."""
        return self.in_order if measure == _IN_ORDER else self.f1

    @property
    def row(self) -> Sequence[str]:
        """The row of the table."""
        shares = (f"{share:.3f}" for share in (self.f1, self.in_order, self.error_rate))
        return [self.way, *shares, number(self.speed), f"{number(self.ratio)} x"]


@dataclass(frozen=True)
class Field:
    """A field of the plot: name of a way -> pages per second and how much is right, by this measure."""

    kind: str
    measure: str
    points: Mapping[str, tuple[float, float]]


class Accuracy:
    """The scores of every way on every kind of pages; those on receipts follow from the rounds for speed."""

    def __init__(self, corpora: Sequence[Corpus], folder: Path) -> None:
        self._corpora = corpora
        self._folder = folder
        self._scores: dict[str, Sequence[Score]] = {}

    def take_receipts(self, race: Race) -> None:
        """Score what was read for speed, unless the texts are not known."""
        speeds = race.speeds()
        names = [way.name for way in _WAYS if race.pairs(way.name)]
        self._scores[RECEIPTS] = [Score.of(name, race.pairs(name), speeds[name], race.ratio(name)) for name in names]

    def rounds(self) -> Iterator[str]:
        """Let each way read each kind of pages once; yield the name of each run before it starts."""
        for corpus in self._corpora:
            read: dict[str, tuple[float, Sequence[Pair]]] = {}
            for way in _WAYS:
                yield f"{corpus.name}: {way.name}"
                read[way.name] = self._read(way, corpus)
            theirs = read[Program.name][0]
            self._scores[corpus.name] = [
                Score.of(name, pairs, corpus.number / seconds, theirs / seconds, corpus.split)
                for name, (seconds, pairs) in read.items()
            ]

    def _read(self, way: Way, corpus: Corpus) -> tuple[float, Sequence[Pair]]:
        """Return the seconds, and the pairs of recognised and true text."""
        seconds, texts = 0.0, list[str]()
        for language, pictures in corpus.groups:
            run = way.read([picture.path for picture in pictures], new_folder(self._folder), language)
            seconds += run.seconds
            texts += run.texts
        return seconds, list(zip(texts, corpus.texts, strict=True))

    def fields(self) -> Sequence[Field]:
        """Return a field of the plot for each kind of pages."""
        return [
            Field(kind, measure, {score.way: (score.speed, score.reached(measure)) for score in scores})
            for kind, scores in self._scores.items()
            for measure in [_IN_ORDER if kind == COLUMNS else _F1]
        ]

    def grids(self) -> Sequence[Grid]:
        """Return a table for each kind of pages."""
        heads = ("way", _F1, _IN_ORDER, "CER", "pages/s", f": {Program.name}")
        return [
            Grid(f"Accuracy: {kind}", self._how(kind), heads, [score.row for score in scores])
            for kind, scores in self._scores.items()
        ]

    def goals(self) -> Table:
        """Return the figures that have goals."""
        rows: Sequence[tuple[str, str, str, Goal]] = [
            (RECEIPTS, SHARP, _F1, at_least(_SHARP_GOAL[has_amx()])),
            (RECEIPTS, WARM, _F1, at_least(0.77)),
            (COLUMNS, SHARP, _IN_ORDER, at_least(0.95)),
            (COLUMNS, WARM, _IN_ORDER, at_least(0.95)),
        ]
        figures = [
            Figure(f"{measure} of {kind}, {way}", score.reached(measure), "", goal)
            for kind, way, measure, goal in rows
            for score in self._scores[kind]
            if score.way == way
        ]
        how = (
            "F1: words as a bag, of letters, digits and dots, in upper case. F1 in order: words that are right in the"
            " order of the text. CER: letters, marks and blanks to be changed, for each there is. The goals for"
            " receipts are for scanned ones."
        )
        return Table("Accuracy", how, figures)

    def _how(self, kind: str) -> str:
        if kind == RECEIPTS:
            return "The pictures with a known text, and the speeds of the rounds above."
        corpus = next(corpus for corpus in self._corpora if corpus.name == kind)
        spoken = ", ".join(f"`{language}`" for language, _ in corpus.groups)
        return f"{corpus.number} drawn pages in {spoken}, read once."
