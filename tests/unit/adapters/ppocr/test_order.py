from PIL import Image

from adapters.engines.geometry import line_of, with_baseline
from adapters.ppocr.order import in_order, parted
from ocrcore.domain.layout import Box, Line, Word


def text(bbox: Box, words: str) -> Line:
    return Line(bbox, (Word(words, bbox, 90.0),))


def texts(blocks: list[list[Line]]) -> list[list[str]]:
    return [[line.text for line in block] for block in blocks]


def test_a_page_without_lines_has_no_blocks() -> None:
    assert in_order(Image.new("L", (100, 100), 255), []) == []


def test_names_and_prices_are_rows() -> None:
    lines = [text((500, 10, 560, 30), "3.40"), text((0, 12, 60, 32), "Bread"), text((0, 50, 60, 70), "Sum")]
    assert texts(in_order(Image.new("L", (600, 100), 255), lines)) == [["Bread 3.40", "Sum"]]


def test_where_layout_analysis_finds_nothing_long_lines_are_rows() -> None:
    lines = [text((600, 10, 1000, 30), "right"), text((0, 12, 400, 32), "left")]
    assert texts(in_order(Image.new("L", (1000, 100), 255), lines)) == [["left right"]]


def word(text: str, left: int, right: int) -> Word:
    return Word(text, (left, 0, right, 20), 90)


def test_a_line_is_parted_where_a_gap_is_as_wide_as_it_is_high() -> None:
    line = line_of([word("one", 0, 30), word("two", 37, 60), word("three", 80, 120), word("four", 139, 170)])
    assert [part.text for part in parted(line)] == ["one two", "three four"]
    assert [part.bbox for part in parted(line)] == [(0, 0, 60, 20), (80, 0, 170, 20)]


def test_the_parts_of_a_line_stand_on_its_baseline() -> None:
    line = with_baseline(line_of([word("one", 0, 30), word("two", 100, 130)]), (0.01, -3.0))
    assert [part.baseline for part in parted(line)] == [(0.01, -3.0), (0.01, -2.0)]


def test_a_line_without_wide_gaps_and_one_that_runs_down_stay_whole() -> None:
    line = line_of([word("one", 0, 30), word("two", 40, 60)])
    assert parted(line) == [line]
    down = line_of([Word("one", (0, 0, 20, 30), 90), Word("two", (0, 60, 20, 90), 90)])
    assert parted(down) == [down]
