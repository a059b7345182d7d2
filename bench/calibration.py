"""Measure what confidences mean: of the words with a confidence of 90, nine in ten should be right.

Usage: calibration.py ENGINE PICTURES, a folder of pictures with their texts beside them. Prints the share of right
words by confidence, and the expected calibration error over ten bins. ``fit_curve.py`` fits the curves.
"""

import argparse
import sys
from pathlib import Path

from judged import error_of
from measures.calibration import HEADS, read_words, reliability, with_text
from ocrcore.domain.options import ENGINES
from pages import labelled
from report import Grid


def main() -> int:
    """Print the table and the error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=ENGINES)
    parser.add_argument("pictures", type=Path)
    options = parser.parse_args()
    found = read_words(options.engine, with_text(labelled(options.pictures)))
    how = f"Expected calibration error: {error_of(found):.3f}"
    print(Grid(options.engine, how, HEADS, list(reliability(options.pictures.name, found))).text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
