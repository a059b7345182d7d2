import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from adapters.engines.geometry import Quad
from adapters.ppocr.baselines import baseline_of, standing
from adapters.ppocr.crops import HEIGHT
from adapters.ppocr.runtime import Pixels

#: Where the letters stand, in pixels of a line.
FOOT = 36
WIDE: Quad = ((100, 50), (400, 65), (400, 113), (100, 98))


def drawn(text: str, ink: int = 0, paper: int = 255, *, foot: int = FOOT) -> Pixels:
    line = Image.new("L", (20 * len(text), HEIGHT), paper)
    ImageDraw.Draw(line).text((8, foot), text, ink, ImageFont.load_default(30), anchor="ls")
    return np.asarray(line, np.uint8)


@pytest.mark.parametrize("text", ["Typography", "TOTAL 47.18", "a quiet page, eggs", "Bread", "one"])
@pytest.mark.parametrize(("ink", "paper"), [(0, 255), (240, 20), (90, 160)])
def test_letters_are_found_to_stand_where_they_do(text: str, ink: int, paper: int) -> None:
    share = standing(drawn(text, ink, paper))
    assert share is not None
    assert share * HEIGHT == pytest.approx(FOOT, abs=1)


@pytest.mark.parametrize("level", [0, 255])
def test_an_empty_line_has_none(level: int) -> None:
    assert standing(np.full((HEIGHT, 200), level, np.uint8)) is None


def test_a_line_with_a_rule_has_none() -> None:
    ruled = drawn("Total").copy()
    ruled[40:42] = 0
    assert standing(ruled) is None


def test_ink_that_goes_on_under_the_letters_is_another_line() -> None:
    assert standing(np.minimum(drawn("Total", foot=26), drawn("Total", foot=HEIGHT + 8))) is None


def test_a_baseline_is_as_steep_as_its_line() -> None:
    box = (100, 50, 400, 113)
    slope, offset = baseline_of(drawn("a quiet page, eggs"), WIDE, box) or (0.0, 0.0)
    assert slope == pytest.approx(0.05)
    assert box[3] + offset == pytest.approx(50 + FOOT, abs=1)


def test_a_line_that_reads_down_has_none() -> None:
    down: Quad = ((100, 50), (148, 50), (148, 400), (100, 400))
    assert baseline_of(drawn("a quiet page, eggs"), down, (100, 50, 148, 400)) is None
