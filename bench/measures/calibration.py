"""What confidences are worth: of the words with a confidence of 90, nine in ten should be right."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final

from adapters.engines.engine import ChildEngine
from degraded import degraded
from judged import BINS, Judged, error_of, in_bin, judged, mean_of, share_of
from ocrcore.domain.options import JobOptions
from ocrcore.ports.documents import BytesSource
from ocrcore.ports.engine import Page
from pages import FONT, Picture
from report import Figure, Grid, at_most

_ENGINES: Final = ("ppocr", "tesserocr", "tesseract")
_GOAL: Final = 0.05
#: Drawn pages, from a seed of their own, so that no curve was fitted to one of them.
_DRAWN, _SEED = 24, 2026
_PATIENCE: Final = timedelta(minutes=5)
_FULL: Final = 100.0
#: The length of a bar that stands for all words being right.
_BAR: Final = 20
#: The heads of the columns of :func:`reliability`.
HEADS: Final = ("words of", "confidence", "words", "mean", "right", "reliability")
#: A picture and its text.
Labelled = tuple[bytes, str]


def calibration(pictures: Sequence[Picture]) -> Grid:
    """Return how reliable each engine's confidences are, on the pictures with a known text, if any, and drawn pages."""
    kinds = {"pictures": with_text(pictures), "drawn pages": _drawn()}
    numbers = {kind: len(pages) for kind, pages in kinds.items()}
    rows, figures = list[Sequence[str]](), list[Figure]()
    for engine in _ENGINES:
        for kind, pages in kinds.items():
            name, found = f"{engine}, {kind}", read_words(engine, pages) if pages else []
            rows += reliability(name, found)
            figures += [Figure(f"error of {name}", error_of(found), "", at_most(_GOAL))] if found else []
    how = (
        f"The words of {numbers['pictures']} pictures of the folder, and of {numbers['drawn pages']} drawn and damaged"
        f" pages to which no curve was fitted, in {BINS} bins by confidence. The error is the distance of mean"
        " confidence and share of right words over the bins, weighted by words. A bar shows the share, and `:`"
        " where it should end."
    )
    return Grid("Calibration", how, HEADS, rows, figures)


def with_text(pictures: Sequence[Picture]) -> Sequence[Labelled]:
    """Return the pictures of which the text is known."""
    return [(picture.path.read_bytes(), picture.text) for picture in pictures if picture.text is not None]


def read_words(name: str, pages: Sequence[Labelled]) -> Sequence[Judged]:
    """Return the words that an engine reads on pages, in a child with all of its steps."""
    with ChildEngine(name, slots=2) as engine, ThreadPoolExecutor(2) as threads:
        return [word for page in threads.map(partial(_read, engine, name), pages) for word in page]


def reliability(name: str, found: Sequence[Judged]) -> Iterator[Sequence[str]]:
    """Yield a row for each bin that has words: whose they are, bounds, number, mean confidence, share right, a bar."""
    for bin_ in range(BINS):
        inside = in_bin(found, bin_)
        if inside:
            low, high = bin_ * _FULL / BINS, (bin_ + 1) * _FULL / BINS
            mean, share = mean_of(inside), share_of(inside)
            yield [name, f"{low:.0f} - {high:.0f}", str(len(inside)), f"{mean:.2f}", f"{share:.2f}", _bar(mean, share)]


def _bar(mean: float, share: float) -> str:
    """Return a bar as long as the share of right words, with a mark at the mean confidence."""
    filled, mark = round(share * _BAR), round(mean * _BAR)
    bar = "#" * filled + "." * (_BAR - filled)
    return f"`{bar[:mark]}:{bar[mark:]}`"


def _drawn() -> Sequence[Labelled]:
    return [(page.picture, page.text) for page in degraded([Path(FONT)], _DRAWN, _SEED)]


def _read(engine: ChildEngine, name: str, page: Labelled) -> Sequence[Judged]:
    picture, text = page
    asked = Page(BytesSource(picture), 1, JobOptions(engine=name))
    return list(judged(engine.recognise(asked, timeout=_PATIENCE, stop=Event()), text))
