"""No language is read much worse by ``auto`` than by the better engine."""

from collections.abc import Iterator

import pytest

from adapters.engines.engine import ChildEngine
from languages import AS_GOOD, paragraphs
from measures.languages import FONTS, behind, drawable, scores
from ocrcore.domain.options import AUTO, ENGINES


@pytest.fixture(scope="module")
def engine() -> Iterator[ChildEngine]:
    with ChildEngine(AUTO, also=ENGINES, slots=2) as engine:
        yield engine


@pytest.mark.long
@pytest.mark.parametrize("language", sorted(paragraphs()))
def test_auto_reads_about_as_well_as_the_better_engine(engine: ChildEngine, language: str) -> None:
    """A large page of each language that Tesseract has data for here; ``make bench ONLY=languages`` draws six."""
    if language not in drawable():
        pytest.skip(f"the font lacks letters of {language}")
    if language not in engine.offers["tesserocr"].languages:
        pytest.skip(f"Tesseract has no data for {language} here")
    score = scores(engine, language, FONTS[:1], (32,))
    assert max(score.values()) > 0.8
    assert behind(score) <= AS_GOOD, score
