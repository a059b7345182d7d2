"""Fit the curve from an engine's own confidences to shares of right words, and say how far it is off elsewhere.

Usage: fit_curve.py ENGINE PICTURES --fonts FONTS... --others FONTS..., a folder of pictures with their texts beside
them, fonts of drawn and degraded pages for the fit, and others of pages for the test. Each quarter of the pictures is
tested by a curve that saw the rest. Prints the points for ``adapters/engines/calibration.py`` and the expected
calibration errors of words that no curve saw.
"""

import argparse
import random
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from adapters.engines.calibration import Curve, share
from adapters.engines.reader import Reader, create_reader
from adapters.imaging.margins import with_margin
from degraded import degraded
from judged import Judged, error_of, judged
from ocrcore.domain.options import ENGINES, JobOptions
from pages import labelled

#: Where the curve may bend. Fewer points fit worse, and more fit the pages of the fit alone.
KNOTS: Final = (0, 30, 50, 70, 85, 92, 96, 100)
#: Drawn pages.
_FITTED, _TESTED = 120, 80
_FOLDS: Final = 4
#: No word is certain.
_MOST: Final = 99.5
_STEPS: Final = 2000
_FULL: Final = 100.0

Floats = NDArray[np.float64]


def main() -> int:
    """Print the points and the errors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("engine", choices=sorted(set(ENGINES) - {"auto"}))
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--fonts", type=Path, nargs="+", required=True)
    parser.add_argument("--others", type=Path, nargs="+", required=True)
    options = parser.parse_args()
    reader = create_reader(options.engine)
    real = [_read(reader, picture.path.read_bytes(), picture.text or "") for picture in labelled(options.pictures)]
    seen, unseen = (
        [_read(reader, page.picture, page.text) for page in degraded(fonts, number, seed)]
        for seed, (fonts, number) in enumerate(((options.fonts, _FITTED), (options.others, _TESTED)), 1)
    )
    curve = fit(real, seen)
    print(", ".join(f"({at:g}, {value:g})" for at, value in curve))
    print(f"pictures, by curves that did not see them: {error_of(list(_crossed(real, seen))):.3f}")
    print(f"drawn pages in fonts that were not seen: {error_of(_through(curve, unseen)):.3f}")
    return 0


def fit(real: Sequence[Sequence[Judged]], drawn: Sequence[Sequence[Judged]]) -> Curve:
    """Return the curve for the words of pages, which have the confidences of the engine; both kinds weigh the same."""
    groups = [[word for page in pages for word in page] for pages in (real, drawn)]
    groups = [group for group in groups if group]
    at = np.array([word.confidence * _FULL for group in groups for word in group])
    right = np.array([word.right * _FULL for group in groups for word in group])
    weights = np.concatenate([np.full(len(group), 1 / len(group)) for group in groups])
    values = _least_squares(_shares(at), right, weights)
    return [(knot, round(min(float(value), _MOST), 1)) for knot, value in zip(KNOTS, values, strict=True)]


def _shares(at: Floats) -> Floats:
    """Return how much of each knot is in the straight line at each of these places: two shares a row, or one."""
    return np.stack([np.interp(at, KNOTS, row) for row in np.eye(len(KNOTS))], axis=1)


def _least_squares(shares: Floats, right: Floats, weights: Floats) -> Floats:
    """Return the values at the knots, none less than the one before, by descent along one step at a time."""
    steps = shares @ np.tril(np.ones((len(KNOTS), len(KNOTS))))
    square, target = steps.T @ (steps * weights[:, None]), steps.T @ (right * weights)
    square += 1e-9 * np.eye(len(KNOTS))
    found = np.zeros(len(KNOTS))
    for _ in range(_STEPS):
        for place in range(len(KNOTS)):
            off = target[place] - square[place] @ found
            found[place] = max(0.0, found[place] + off / square[place, place])
    return np.cumsum(found)


def _crossed(real: Sequence[Sequence[Judged]], drawn: Sequence[Sequence[Judged]]) -> Iterator[Judged]:
    """Yield every word of the pictures, with the confidence of a curve that was fitted to others."""
    mixed = random.Random(0).sample(list(real), len(real))  # noqa: S311 - not for secrets
    for fold in range(_FOLDS):
        others = [page for place, page in enumerate(mixed) if place % _FOLDS != fold]
        yield from _through(fit(others, drawn), mixed[fold::_FOLDS])


def _through(curve: Curve, pages: Sequence[Sequence[Judged]]) -> Sequence[Judged]:
    return [Judged(share(curve, word.confidence * _FULL) / _FULL, word.right) for page in pages for word in page]


def _read(reader: Reader, picture: bytes, text: str) -> Sequence[Judged]:
    with Image.open(BytesIO(picture)) as page:
        layout = reader.read(with_margin(page.convert("L")).page, JobOptions())
    return list(judged(layout, text))


if __name__ == "__main__":
    sys.exit(main())
