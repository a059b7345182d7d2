import pytest

from adapters.engines.calibration import CURVES, Curve, calibrated, share
from ocrcore.domain.layout import Line, Word, layout_of
from ocrcore.domain.options import AUTO, ENGINES

CURVE: Curve = ((0, 10), (50, 20), (100, 90))


@pytest.mark.parametrize(
    ("confidence", "right"), [(0, 10), (25, 15), (50, 20), (75, 55), (99, 88.6), (100, 90), (-1, 9.8)]
)
def test_a_confidence_becomes_the_share_of_words_that_are_right(confidence: float, right: float) -> None:
    assert share(CURVE, confidence) == pytest.approx(right)


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_a_word_that_an_engine_is_surer_of_is_never_less_likely_right(curve: Curve) -> None:
    shares = [share(curve, confidence) for confidence in range(101)]
    assert shares == sorted(shares)
    assert 0 <= shares[0] < shares[-1] <= 100
    assert (curve[0][0], curve[-1][0]) == (0, 100)


def test_every_engine_has_a_curve() -> None:
    assert set(CURVES) == set(ENGINES) - {AUTO}


def test_only_the_confidences_of_words_change() -> None:
    words = Word("SURE", (0, 0, 40, 20), 96.0), Word("NEW", (50, 0, 80, 20), None)
    layout = layout_of([[Line((0, 0, 80, 20), words)]], (100, 50), "tesseract 5.3.0", ("eng",))
    after = calibrated(layout)
    assert [word.confidence for word in after.lines[0].words] == [share(CURVES["tesseract"], 96), None]
    assert [word.text for word in after.lines[0].words] == ["SURE", "NEW"]
    assert (after.text, after.width, after.engine) == (layout.text, layout.width, layout.engine)
