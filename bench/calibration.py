"""Measure what confidences mean: of the words with a confidence of 90, nine in ten should be right.

Usage: calibration.py ENGINE PICTURES, a folder of pictures with their texts beside them. Prints the share of right
words by confidence, and the expected calibration error over ten bins. ``fit_curve.py`` fits the curves.
"""

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Event
from typing import Final

from adapters.engines.engine import ChildEngine
from adapters.file_source import FileSource
from judged import BINS, Judged, error_of, in_bin, judged, share_of
from ocrcore.domain.options import ENGINES, JobOptions
from ocrcore.ports.engine import Page
from pages import Picture, labelled

_FULL: Final = 100.0
_PATIENCE: Final = timedelta(minutes=5)


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
    for bin_ in range(BINS):
        inside = in_bin(found, bin_)
        if inside:
            low, high = bin_ * _FULL / BINS, (bin_ + 1) * _FULL / BINS
            print(f"| {low:.0f} - {high:.0f} | {len(inside)} | {share_of(inside):.2f} |")
    print(f"\nexpected calibration error: {error_of(found):.3f}")
    return 0


def _judged(engine: ChildEngine, name: str, picture: Picture) -> list[Judged]:
    if picture.text is None:
        return []
    with FileSource(picture.path.open("rb")) as source:
        page = Page(source, 1, JobOptions(engine=name))
        return list(judged(engine.recognise(page, timeout=_PATIENCE, stop=Event()), picture.text))


if __name__ == "__main__":
    sys.exit(main())
