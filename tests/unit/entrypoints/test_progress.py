import io

import pytest

from entrypoints.cli.progress import Progress, bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_nothing_is_shown_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    progress = Progress(stream=stream)
    progress.show(0.5, "half")
    progress.clear()
    assert stream.getvalue() == ""


def test_nothing_is_shown_to_who_wants_quiet() -> None:
    terminal = Terminal()
    Progress(quiet=True, stream=terminal).show(0.5, "half")
    assert terminal.getvalue() == ""


def test_a_terminal_sees_one_line_that_is_drawn_again() -> None:
    terminal = Terminal()
    Progress(stream=terminal).show(0.5, "half")
    assert terminal.getvalue() == f"\r\x1b[2K{bar(0.5)} half"


def test_a_line_drawn_too_soon_is_left_out_but_for_the_last() -> None:
    terminal = Terminal()
    progress = Progress(stream=terminal)
    for part in (0.1, 0.2, 1):
        progress.show(part, f"<{part}>")
    assert "<0.1>" in terminal.getvalue()
    assert "<0.2>" not in terminal.getvalue()
    assert "<1>" in terminal.getvalue()


def test_clearing_leaves_the_line_empty() -> None:
    terminal = Terminal()
    progress = Progress(stream=terminal)
    progress.show(0.5, "half")
    progress.clear()
    assert terminal.getvalue().endswith("\r\x1b[2K")


def test_a_line_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal()
    Progress(stream=terminal).show(0.5, "x" * 100)
    assert len(terminal.getvalue().removeprefix("\r\x1b[2K")) == 39


@pytest.mark.parametrize(("part", "percent"), [(-1, "  0%"), (0, "  0%"), (0.5, " 50%"), (1, "100%"), (2, "100%")])
def test_a_bar_stays_a_bar(part: float, percent: str) -> None:
    assert len(bar(part)) == len(bar(0))
    assert bar(part).endswith(percent)
