from adapters.ppocr.cascade import Cascade
from adapters.ppocr.readings import COLUMN, Reading
from adapters.ppocr.recognition import LineReader
from adapters.ppocr.text_line import TextLine
from unit.adapters.ppocr.lines import line, reading


class _Answering(LineReader):
    """Answers whatever it is asked, and remembers the widths."""

    def __init__(self, answer: Reading) -> None:
        self.answer = answer
        self.widths: list[int] = []

    def read(self, line: TextLine) -> Reading:
        self.widths.append(line.width // COLUMN)
        return self.answer


def read(first: Reading, second: Reading) -> tuple[Reading, list[int]]:
    small = _Answering(second)
    return Cascade(_Answering(first), small).read(line(columns=40)), small.widths


def test_a_sure_line_is_read_once() -> None:
    assert read(reading("SURE LINE"), reading("NO")) == (reading("SURE LINE"), [])


def test_an_unsure_line_is_read_again_as_a_whole() -> None:
    assert read(reading("BAD LINE", 0.9), reading("GOOD LINE")) == (reading("GOOD LINE"), [40])


def test_of_a_sure_line_an_unsure_word_is_read_again_from_blank_to_blank() -> None:
    first = reading("THE TOTAL IS 9x5 IN ALL", unsure="x")
    found, widths = read(first, reading(" 9.5 "))
    assert ("".join(found.letters), widths) == ("THE TOTAL IS 9.5 IN ALL", [8])
    assert found.columns[13:16] == (26, 28, 30)
    assert found.confidence == 1.0


def test_words_at_the_ends_reach_to_the_ends() -> None:
    first = reading("x IS WHAT COUNTS Y", unsure="x"), reading("X IS WHAT COUNTS y", unsure="y")
    found = [read(each, reading("Z")) for each in first]
    assert ["".join(read_again.letters) for read_again, _ in found] == ["Z IS WHAT COUNTS Y", "X IS WHAT COUNTS Z"]
    assert [widths for _, widths in found] == [[2], [8]]


def test_a_word_of_which_the_second_reading_sees_nothing_is_gone() -> None:
    found, _ = read(reading("THE x IS WHAT COUNTS", unsure="x"), Reading((), (), ()))
    assert "".join(found.letters) == "THE  IS WHAT COUNTS"


def test_a_line_of_many_unsure_words_is_read_again_as_a_whole() -> None:
    first = Reading(tuple("LONG WORDS"), tuple(range(0, 40, 4)), (0.7, *(1.0,) * 4, 0.7, *(1.0,) * 4))
    assert read(first, reading("OTHER"))[1] == [40]
