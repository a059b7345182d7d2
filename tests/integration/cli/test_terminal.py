"""The command line as a person sees it, in a real terminal."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from entrypoints.cli import main
from pictures import png
from serving import OCRCORE, ocrcore, serving
from terminals import on_terminal

CTRL_C = b"\x03"


@pytest.fixture(scope="module")
def url(tesseract: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:  # noqa: ARG001 - must be there
    with serving(tmp_path_factory.mktemp("served") / "data", "--slots", "1") as url:
        yield url


@pytest.fixture(scope="module")
def done(url: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The id of a job that is finished, with a name that is wider than a narrow window."""
    page = tmp_path_factory.mktemp("sent") / "page.png"
    page.write_bytes(png("HELLO"))
    sent = ocrcore("jobs", "submit", page, "--name", "東京" * 20, "--wait", "--json", "--url", url)
    return str(json.loads(sent.stdout)["id"])


@pytest.fixture
def scans(tmp_path: Path) -> Path:
    folder = tmp_path / "a folder with a long name"
    folder.mkdir()
    for number in (1, 2, 10):
        (folder / f"scan-{number}.png").write_bytes(png(f"PAGE {number}"))
    return folder


def test_the_first_page_fits_a_window_of_80_columns_and_names_every_command() -> None:
    with on_terminal("--help", lines=60) as terminal:
        assert terminal.status() == 0
    assert terminal.rows[0].startswith("Usage: ocrcore")
    assert {row.split()[0] for row in terminal.rows[terminal.rows.index("Commands:") + 1 :]} == set(main.commands)
    assert not [row for row in terminal.rows[1:] if row.endswith("...")]


def test_progress_is_one_line_and_takes_no_line_of_the_text(scans: Path) -> None:
    with on_terminal("ocr", scans, columns=50) as terminal:
        terminal.until(lambda seen: re.search(r"\d% \d of 3, ", "\n".join(seen.rows)))
        assert len(terminal.rows) == 1
        assert terminal.rows[0].endswith("…")
        assert terminal.status() == 0
    text = "".join(terminal.rows)
    assert [text.index(f"PAGE {number}") for number in (1, 2, 10)] == sorted(
        text.index(f"PAGE {number}") for number in (1, 2, 10)
    )
    assert "3 of 3 files read, 3 pages" in text
    assert "%" not in text


def test_no_progress_erases_a_text_that_comes_back_through_a_pipe(
    scans: Path, url: str, done: str, tmp_path: Path
) -> None:
    copied = ["bash", "-c", f'"$@" | tee {tmp_path / "out.txt"}', "-", *OCRCORE]
    with on_terminal("ocr", scans, program=copied, environment={"OCR_SLOTS": "1"}) as terminal:
        terminal.until(lambda seen: re.search(r"\d% 0 of 3, ", "\n".join(seen.rows)))  # nothing is there to be erased
        assert terminal.status() == 0
    shown = "\n".join(terminal.rows)
    assert [text for text in ("PAGE 1", "PAGE 2", "PAGE 10") if text not in shown] == []
    assert "%" not in shown
    assert (tmp_path / "out.txt").read_text() == "PAGE 1\fPAGE 2\fPAGE 10\n"
    with on_terminal("jobs", "result", done, "--url", url, program=copied) as terminal:
        assert terminal.status() == 0
    assert terminal.rows == ["HELLO"]


def test_ctrl_c_ends_the_reading_of_files(scans: Path) -> None:
    with on_terminal("ocr", scans) as terminal:
        terminal.until(lambda seen: " of 3, " in seen.rows[-1])
        terminal.press(CTRL_C)
        assert terminal.status() == 130
    assert "Traceback" not in "\n".join(terminal.rows)


def test_ctrl_c_while_a_job_is_waited_for_says_how_to_go_on(scans: Path, tmp_path: Path) -> None:
    with (
        serving(tmp_path / "idle", "--slots", "0") as idle,
        on_terminal("jobs", "submit", scans, "--wait", "--url", idle) as terminal,
    ):
        terminal.until(lambda seen: "PENDING 0 of 3 pages" in "\n".join(seen.rows))
        terminal.press(CTRL_C)
        assert terminal.status() == 130
    assert re.search(r"It goes on: ocrcore jobs watch [0-9a-f-]{36}", "\n".join(terminal.rows))


def test_a_list_fits_a_narrow_window_and_has_colours(url: str, done: str) -> None:
    with on_terminal("jobs", "list", "--url", url, columns=60) as terminal:
        assert terminal.status() == 0
        assert terminal.colour_of("DONE") == "green"
    head, row = terminal.rows
    assert head.split()[0] == "ID"
    assert done.startswith(row.split()[0])
    assert row.endswith("…")


def test_no_color_is_respected(url: str, done: str) -> None:
    with on_terminal("jobs", "list", "--url", url, environment={"NO_COLOR": "1"}) as terminal:
        assert terminal.status() == 0
        assert terminal.colour_of("DONE") == "default"
    assert done.startswith(terminal.rows[1].split()[0])


def test_what_a_list_shows_of_an_id_names_the_job(url: str, done: str) -> None:
    with on_terminal("jobs", "list", "--url", url) as terminal:
        assert terminal.status() == 0
    shown = terminal.rows[1].split()[0]
    assert len(shown) < len(done)
    assert json.loads(ocrcore("jobs", "show", shown, "--json", "--url", url).stdout)["job"]["id"] == done


def test_above_each_page_of_a_result_is_its_name(url: str, scans: Path) -> None:
    """A form feed would only move the cursor down."""
    (scans / "notes.txt").write_text("no picture")
    texts = [line for number in (1, 2, 10) for line in (f"--- scan-{number}.png ---", f"PAGE {number}")]
    with on_terminal("jobs", "submit", scans, "--wait", "--url", url) as terminal:
        assert terminal.status() == 0
    assert terminal.rows == ["1 file passed over: notes.txt", *texts]
    with on_terminal("jobs", "result", "last", "--url", url) as terminal:
        assert terminal.status() == 0
    assert terminal.rows == texts


@pytest.mark.parametrize("command", [("result", "--format", "pdf"), ("image",)])
def test_what_is_no_text_does_not_garble_a_terminal(url: str, done: str, command: tuple[str, ...]) -> None:
    verb, *options = command
    with on_terminal("jobs", verb, done, *options, "--url", url) as terminal:
        assert terminal.status() == 2
    assert "is not text, and would garble the terminal" in " ".join(terminal.rows)


@pytest.mark.parametrize("command", [("ocr",), ("jobs", "submit", "--wait", "--url", "http://127.0.0.1:9")])
def test_the_result_of_a_file_that_is_no_text_does_not_garble_a_terminal(scans: Path, command: tuple[str, ...]) -> None:
    with on_terminal(*command, scans / "scan-1.png", "--format", "pdf") as terminal:
        assert terminal.status() == 2
    assert "is not text, and would garble the terminal" in " ".join(terminal.rows)  # before anything is sent


def test_a_pdf_that_is_written_into_a_file_leaves_the_window_clean(url: str, done: str, tmp_path: Path) -> None:
    with on_terminal("jobs", "result", done, "-o", tmp_path / "out.pdf", "--url", url) as terminal:
        assert terminal.status() == 0
    assert terminal.rows == [""]
    assert (tmp_path / "out.pdf").read_bytes().startswith(b"%PDF-")


def test_progress_fits_a_narrow_window_also_where_the_text_goes_elsewhere(scans: Path, tmp_path: Path) -> None:
    elsewhere = ["bash", "-c", f'"$@" > {tmp_path / "out.txt"}', "-", *OCRCORE]
    with on_terminal("ocr", scans, columns=40, program=elsewhere) as terminal:
        terminal.until(lambda seen: re.search(r"\d% \d of 3, ", "\n".join(seen.rows)))
        assert len(terminal.rows) == 1
        assert terminal.status() == 0
    assert len(terminal.rows) == 1  # the summary, and nothing is left of the lines before
    assert terminal.rows[0].startswith("3 of 3 files read")


def test_a_window_that_moves_no_cursor_gets_neither_progress_nor_colours(scans: Path, url: str, done: str) -> None:
    dumb = {"TERM": "dumb"}
    for command in (("ocr", str(scans)), ("jobs", "list", "--url", url), ("jobs", "result", done, "--url", url)):
        with on_terminal(*command, environment=dumb) as terminal:
            assert terminal.status() == 0
        assert b"\x1b" not in terminal.raw
        assert "%" not in "\n".join(terminal.rows)
