"""Measure what confidences mean: of the words with a confidence of 90, nine in ten should be right.

Usage: calibration.py ENGINE PICTURES, a folder of pictures with their texts beside them. Prints the share of right
words by confidence, and the expected calibration error over ten bins. A word is right if it is one of its page's that
was not counted yet; letters, digits and dots count, as in ``score.py``.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final

from adapters.engines.engine import ChildEngine
from adapters.file_source import FileSource
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.ports.engine import Page
from pages import Picture, labelled
from score import words

_BINS: Final = 10
_FULL: Final = 100.0
_PATIENCE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Judged:
    """A word that an engine read."""

    #: From 0 to 1.
    confidence: float
    right: bool


def main() -> int:
    """Print the table and the error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("pictures", type=Path)
    options = parser.parse_args()
    with ChildEngine(options.engine, slots=2) as engine, ThreadPoolExecutor(2) as threads:
        judge = partial(_judged, engine, options.engine)
        found = [word for page in threads.map(judge, labelled(options.pictures)) for word in page]
    print("| confidence | words | right |\n|---|---|---|")
    for bin_ in range(_BINS):
        inside = _in_bin(found, bin_)
        if inside:
            low, high = bin_ * _FULL / _BINS, (bin_ + 1) * _FULL / _BINS
            print(f"| {low:.0f} - {high:.0f} | {len(inside)} | {_share(inside):.2f} |")
    print(f"\nexpected calibration error: {error_of(found):.3f}")
    return 0


def error_of(found: Sequence[Judged]) -> float:
    """Return the mean distance of confidence and share of right words over the bins, weighted by their words."""
    bins = (_in_bin(found, bin_) for bin_ in range(_BINS))
    return sum(
        len(inside) / len(found) * abs(sum(word.confidence for word in inside) / len(inside) - _share(inside))
        for inside in bins
        if inside
    )


def _in_bin(found: Sequence[Judged], bin_: int) -> list[Judged]:
    return [word for word in found if min(int(word.confidence * _BINS), _BINS - 1) == bin_]


def _share(words_: Sequence[Judged]) -> float:
    return sum(word.right for word in words_) / len(words_)


def _judged(engine: ChildEngine, name: str, picture: Picture) -> list[Judged]:
    return list(_judge(engine, name, picture)) if picture.text is not None else []


def _judge(engine: ChildEngine, name: str, picture: Picture) -> Iterator[Judged]:
    there = words(picture.text or "")
    with FileSource(picture.path.open("rb")) as source:
        page = Page(source, 1, JobOptions(engine=name))
        layout = engine.recognise(page, timeout=_PATIENCE, stop=Event())
    for line in layout.lines:
        for word in line.words:
            parts = words(word.text)
            if parts and word.confidence is not None:
                right = parts <= there
                if right:
                    there -= parts
                yield Judged(word.confidence / _FULL, right)


if __name__ == "__main__":
    sys.exit(main())
