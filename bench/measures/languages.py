"""Whether ``auto`` reads each language about as well as the better engine does."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Final

import pytesseract

from adapters.engines.engine import ChildEngine
from languages import AS_GOOD, SIZES, draw, f1_in, has_letters, paragraphs, read
from ocrcore.domain.options import AUTO, ENGINES
from report import Figure, Grid, at_most

#: The engines that ``auto`` chooses from.
_CHOICE: Final = ("ppocr", "tesserocr")
_FILES: Final = Path(str(files("font_roboto"))) / "files"
FONTS: Final = tuple(_FILES / f"Roboto-{style}.ttf" for style in ("Regular", "Italic", "Medium"))


def spoken() -> Grid:
    """Return how well each engine and ``auto`` read every language that Tesseract has here and that can be drawn."""
    here = sorted(set(pytesseract.get_languages()) & drawable())
    with ChildEngine(AUTO, also=ENGINES, slots=2) as engine:
        return table({language: scores(engine, language, FONTS, SIZES) for language in here})


@cache
def drawable() -> frozenset[str]:
    """Return the languages with a paragraph of which the fonts have every letter."""
    texts = paragraphs().items()
    return frozenset(language for language, text in texts if all(has_letters(font, text) for font in FONTS))


def scores(engine: ChildEngine, language: str, fonts: Sequence[Path], sizes: Sequence[int]) -> Mapping[str, float]:
    """Return the F1 of words of each engine and of ``auto``, over a page in each font and size."""
    samples = [draw(paragraphs()[language], language, font, size) for font, size in product(fonts, sizes)]
    with ThreadPoolExecutor(2) as threads:
        return {
            name: f1_in(language, threads.map(partial(read, engine, name, language), samples), samples)
            for name in (*_CHOICE, AUTO)
        }


def behind(score: Mapping[str, float]) -> float:
    """Return by how much ``auto`` is worse than the better engine."""
    return max(score[name] for name in _CHOICE) - score[AUTO]


def table(found: Mapping[str, Mapping[str, float]]) -> Grid:
    """Return the table of scores by language, and the goal."""
    names = (*_CHOICE, AUTO)
    rows = [[f"`{language}`", *(f"{score[name]:.3f}" for name in names)] for language, score in found.items()]
    figures = [Figure("languages", len(found), "")]
    if found:
        worst = max(found, key=lambda language: behind(found[language]))
        figures.append(
            Figure(f"auto behind the better engine, at most (`{worst}`)", behind(found[worst]), "", at_most(AS_GOOD))
        )
    how = (
        f"F1 of words, accents and capitals included, of drawn pages in {len(FONTS)} styles and {len(SIZES)} sizes, in"
        " every language that Tesseract has data for here. The package `tesseract-ocr-all` brings all of them."
    )
    return Grid("Languages", how, ("language", *(f"`{name}`" for name in names)), rows, figures)
