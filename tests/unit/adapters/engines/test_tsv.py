import pytest

from adapters.engines.tsv import parse_table
from ocrcore.domain.layout import Line

PAGE = "1\t1\t0\t0\t0\t0\t0\t0\t100\t50\t-1\t\n"
HEAD = "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n" + PAGE
SIZE = (100, 50)


def row(text: str, *, paragraph: int = 1, line: int = 1, box: str = "1\t2\t10\t5", conf: str = "96.123") -> str:
    return f"5\t1\t1\t{paragraph}\t{line}\t1\t{box}\t{conf}\t{text}\n"


def parse_lines(table: str, size: tuple[int, int]) -> list[Line]:
    return [line for paragraph in parse_table(table, size) for line in paragraph]


def test_lines_are_gathered_in_paragraphs() -> None:
    table = HEAD + row("one") + row("two", line=2) + row("three", paragraph=2)
    assert [[line.text for line in each] for each in parse_table(table, SIZE)] == [["one", "two"], ["three"]]


@pytest.mark.parametrize(
    "table",
    [
        "",
        HEAD.removesuffix(PAGE),
        HEAD[:-1],
        HEAD.removesuffix(PAGE) + row("one"),
        HEAD + row("one")[:-1],
        PAGE + row("one"),
        PAGE + PAGE + row("one"),
        HEAD.replace("conf\t", "") + row("one"),
    ],
)
def test_a_table_that_is_cut_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match="cut"):
        parse_table(table, SIZE)


def test_words_are_gathered_in_lines() -> None:
    lines = parse_lines(HEAD + row("one") + row("two", box="12\t1\t10\t8") + row("three", line=2), SIZE)
    assert [line.text for line in lines] == ["one two", "three"]
    assert lines[0].bbox == (1, 1, 22, 9)


def lines_row(box: str) -> str:
    return f"4\t1\t1\t1\t1\t0\t{box}\t-1\t\n"


def test_a_line_has_the_baseline_of_its_box_in_the_table() -> None:
    table = HEAD + lines_row("1\t2\t60\t12") + row("one", box="21\t2\t10\t10")
    ((line,),) = parse_table(table, SIZE, {(1, 2, 61, 14): (0.1, -3.0)})
    assert line.bbox == (21, 2, 31, 12)
    assert line.baseline == (0.1, 1.0)  # 13 pixels down, where the box of its words begins and ends


@pytest.mark.parametrize("baseline", [(0.3, -3.0), (0.0, -13.0), (0.0, 7.0), (-0.25, -1.0)])
def test_a_baseline_that_no_line_has_is_left_out(baseline: tuple[float, float]) -> None:
    table = HEAD + lines_row("1\t2\t60\t12") + row("one", box="1\t2\t60\t12")
    assert parse_table(table, SIZE, {(1, 2, 61, 14): baseline})[0][0].baseline is None
    assert parse_table(table, SIZE)[0][0].baseline is None


def test_confidence_has_two_digits() -> None:
    assert parse_lines(HEAD + row("one"), SIZE)[0].words[0].confidence == 96.12


def test_rows_of_other_levels_and_blank_words_are_passed_over() -> None:
    assert parse_lines(HEAD + PAGE.replace("1", "2", 1) + row("  ") + row("none", conf="-1"), SIZE) == []


def test_words_are_normalised() -> None:
    assert parse_lines(HEAD + row("a\u0303\x07o"), SIZE)[0].text == "\u00e3o"


def test_a_box_ends_where_the_page_does() -> None:
    assert parse_lines(HEAD + row("edge", box="-3\t40\t200\t20"), SIZE)[0].bbox == (0, 40, 100, 50)


def test_a_quotation_mark_is_a_letter() -> None:
    assert parse_lines(HEAD + row('"quoted'), SIZE)[0].text == '"quoted'


@pytest.mark.parametrize("table", [row("one", conf="high"), row("one", box="1\t2"), "5\n", row("x", box="a\t1\t1\t1")])
def test_another_table_is_refused(table: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse_lines(HEAD + table, SIZE)
