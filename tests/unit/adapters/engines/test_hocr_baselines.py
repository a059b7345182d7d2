import pytest

from adapters.engines.hocr_baselines import baselines_in

LINES = """
<span class='ocr_line' id='line_1_1' title="bbox 107 163 345 176; baseline -0.004 0; x_size 17.4">
<span class='ocr_header' id='line_1_2' title="bbox 140 185 315 199; baseline 0.006 -1.5">
<span class='ocr_line' id='line_1_3' title="bbox 1 2 3 400; textangle 90; x_size 20">
<span class='ocrx_word' id='word_1_1' title='bbox 107 163 129 176; x_wconf 95'>baseline 1 2</span>
</html>
"""


def test_every_line_that_reads_across_has_a_baseline() -> None:
    assert baselines_in(LINES) == {(107, 163, 345, 176): (-0.004, 0), (140, 185, 315, 199): (0.006, -1.5)}


@pytest.mark.parametrize("hocr", ["", LINES[:-5], LINES[:100]])
def test_an_output_that_is_cut_is_refused(hocr: str) -> None:
    with pytest.raises(ValueError, match="cut"):
        baselines_in(hocr)
