import io

import pytest

from entrypoints.cli import terminal


class Window(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("text", "most", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("東京都庁", 8, "東京都庁"),
        ("東京都庁", 7, "東京都…"),
        ("東京都庁", 6, "東京…"),
        ("e\u0301e\u0301e\u0301", 3, "e\u0301e\u0301e\u0301"),
        ("anything", None, "anything"),
        ("ab", 1, "…"),
        ("ab", 0, ""),
    ],
)
def test_a_text_is_cut_by_the_columns_that_it_takes(text: str, most: int | None, shown: str) -> None:
    assert terminal.cut(text, most) == shown
    assert most is None or terminal.width(shown) <= most


def test_wide_letters_are_padded_to_the_same_column() -> None:
    assert terminal.padded("東京", 6) == "東京  "
    assert terminal.padded("abcdef", 3) == "abcdef"


def test_a_printable_text_is_one_line_that_moves_no_cursor() -> None:
    assert terminal.printable("one\ntwo\x1b[2J\tthree") == "one two[2J three"


@pytest.mark.parametrize(
    ("environment", "coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True), ({"TERM": "dumb"}, False)],
)
def test_colours_are_for_terminals_that_want_them(
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    coloured: bool,  # noqa: FBT001 - a column of the table
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (terminal.painted("DONE", "DONE", Window()) != "DONE") is coloured
    assert terminal.painted("DONE", "DONE", io.StringIO()) == "DONE"
