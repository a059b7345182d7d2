from PIL import Image

from adapters.ppocr.order import in_order
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
