"""``ocrcore ocr``: files and folders in, texts out, nothing left behind."""

import json
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from documents_cases import FILES
from ocrcore.testing.patience import eventually
from pdf_readers import pdfium_pages
from pictures import png
from serving import OCRCORE, ocrcore

pytestmark = pytest.mark.usefixtures("tesseract")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "scans"
    for name, text in {"b.png": "BEE", "a/one.PNG": "ONE", "a/deep/two.png": "TWO"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(png(text))
    (folder / "notes.txt").write_text("not a picture")
    return folder


def test_results_come_in_the_order_of_the_files(folder: Path, page: Path) -> None:
    ended = ocrcore("ocr", page, folder)
    passed_over = "1 file passed over: notes.txt\n"  # also where nobody looks, as in the mail of a cron job
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "HELLO\fTWO\fONE\fBEE\n", passed_over)
    assert ocrcore("ocr", folder, "--quiet").stderr == ""


def test_a_folder_keeps_its_form_in_the_output(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    ended = ocrcore("ocr", folder, "-o", out, "--format", "json")
    assert (ended.returncode, ended.stdout) == (0, "")
    written = {str(file.relative_to(out)): json.loads(file.read_text())["text"] for file in out.rglob("*.json")}
    assert written == {"b.png.json": "BEE", "a/one.PNG.json": "ONE", "a/deep/two.png.json": "TWO"}


@pytest.mark.parametrize("engine", ["tesseract", "tesserocr", "ppocr"])
def test_the_engine_may_be_chosen_by_option_and_by_setting(page: Path, engine: str) -> None:
    by_option = ocrcore("ocr", page, "--format", "json", "--engine", engine)
    by_setting = ocrcore("ocr", page, "--format", "json", OCR_ENGINE=engine)
    for ended in (by_option, by_setting):
        layout = json.loads(ended.stdout)
        assert (layout["text"], layout["engine"].split()[0]) == ("HELLO", engine)


def test_an_engine_of_no_such_name_is_named_with_those_that_there_are(page: Path) -> None:
    for ended in (ocrcore("ocr", page, "--engine", "abbyy"), ocrcore("ocr", page, OCR_ENGINE="abbyy")):
        assert (ended.returncode, ended.stdout) == (2, "")
        assert all(name in ended.stderr for name in ("auto", "tesseract", "tesserocr", "ppocr"))
        assert len(ended.stderr.splitlines()) == 1


def test_what_cannot_be_read_is_a_line_and_the_rest_is_read(page: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "text.png").write_text("no picture")
    ended = ocrcore("ocr", tmp_path / "empty", tmp_path / "text.png", tmp_path / "gone.png", page)
    assert (ended.returncode, ended.stdout) == (1, "HELLO\n")
    assert [line.partition(": ")[0] for line in ended.stderr.splitlines()] == [
        str(tmp_path / name) for name in ("empty", "text.png", "gone.png")
    ]


def test_two_results_never_go_into_one_file(folder: Path, tmp_path: Path) -> None:
    ended = ocrcore("ocr", folder / "b.png", folder, "-o", tmp_path / "out")
    assert ended.returncode == 2
    assert "2 files would be written as" in ended.stderr
    assert not (tmp_path / "out").exists()


def test_nothing_is_left_behind(page: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = sorted(tmp_path.rglob("*"))
    ended = ocrcore("ocr", page, data=tmp_path / "data", TMPDIR=str(temporary))
    assert ended.returncode == 0
    assert sorted(tmp_path.rglob("*")) == before


def on_a_terminal(*arguments: str | Path) -> str:
    """Return what a terminal shows of a command."""
    ours, theirs = os.openpty()
    try:
        subprocess.run([*OCRCORE, *arguments], stdout=theirs, stderr=theirs, check=False)
        os.write(theirs, b"END")
        seen = b""
        while not seen.endswith(b"END"):
            seen += os.read(ours, 10_000)
    finally:
        os.close(ours)
        os.close(theirs)
    return seen.decode().replace("\r\n", "\n")


def test_a_terminal_keeps_every_line_of_the_text_and_shows_whose_it_is(folder: Path) -> None:
    seen = on_a_terminal("ocr", folder)
    for name, text in {"a/deep/two.png": "TWO", "a/one.PNG": "ONE", "b.png": "BEE"}.items():
        assert f"==> {folder / name} <==\n{text}\n" in seen
    assert "3 of 3 files read, 3 pages, in " in seen
    assert "1 passed over: notes.txt\n" in seen


def test_the_pages_of_a_document_have_headings_on_a_terminal_and_form_feeds_in_a_pipe() -> None:
    document = FILES / "pdf-mixed-pages.pdf"
    seen, piped = on_a_terminal("ocr", document, "--pages", "2,3"), ocrcore("ocr", document, "--pages", "2,3").stdout
    second, third = piped.removesuffix("\n").split("\f")
    assert f"--- page 2 ---\n{second}\n--- page 3 ---\n{third}\n" in seen


@pytest.mark.parametrize(("form", "texts"), [("txt", ("HELLO\n", "\fHELLO\n")), ("json", ('"HELLO"', '{"file"'))])
def test_an_error_never_continues_a_line_of_text(page: Path, tmp_path: Path, form: str, texts: Sequence[str]) -> None:
    """As after ``2>&1``: a script that reads stdout alone gets the same bytes as ever."""
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"")
    command: list[str | Path] = [*OCRCORE, "ocr", page, bad, page, "--format", form]
    both = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False).stdout
    before, after = both.split(f"{bad}: The file is empty.\n")
    assert texts[0] in before
    assert (before[-1:], before[-2:] == "\n\n", after[: len(texts[1])]) == ("\n", False, texts[1])


def test_the_summary_counts_what_failed(page: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    seen = on_a_terminal("ocr", page, tmp_path / "bad.png", "-o", tmp_path / "out")
    assert "1 of 2 files read, 1 page, in " in seen
    assert "file" not in on_a_terminal("ocr", page, "--quiet")


def test_a_path_that_ends_in_a_slash_is_a_folder(page: Path, tmp_path: Path) -> None:
    assert ocrcore("ocr", page, "-o", f"{tmp_path}/results.pdf/").returncode == 0
    assert (tmp_path / "results.pdf/page.png.txt").read_text() == "HELLO\n"


def test_languages_have_a_short_option(page: Path) -> None:
    ended = ocrcore("ocr", page, "-l", "eng+por", "--format", "json")
    assert json.loads(ended.stdout)["languages"] == ["eng", "por"]


def test_a_document_comes_through_a_pipe_and_goes_into_a_pdf(tmp_path: Path) -> None:
    with (FILES / "pdf-mixed-pages.pdf").open("rb") as document:
        command = [*OCRCORE, "ocr", "-", "--pages", "2", "-o", str(tmp_path / "out.pdf")]
        ended = subprocess.run(command, stdin=document, capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert len(pdfium_pages((tmp_path / "out.pdf").read_bytes())) == 1


def test_ctrl_c_ends_it_with_130(tmp_path: Path) -> None:
    pages = [tmp_path / f"{number}.png" for number in range(40)]
    for path in pages:
        path.write_bytes(png("HELLO WORLD"))
    with subprocess.Popen([*OCRCORE, "ocr", *pages, "-o", tmp_path / "out"], stderr=subprocess.PIPE) as process:
        assert eventually(lambda: list(tmp_path.glob("out/*.txt")))
        process.send_signal(signal.SIGINT)
        assert process.stderr
        said = process.stderr.read()
    assert (process.returncode, said.strip()) == (130, b"")


@pytest.mark.parametrize(("options", "shown"), [((), True), (("--quiet",), False)])
def test_a_terminal_sees_progress_unless_it_wants_quiet(page: Path, options: tuple[str, ...], shown: bool) -> None:  # noqa: FBT001 - an expectation
    ours, theirs = os.openpty()
    try:
        ended = subprocess.run([*OCRCORE, "ocr", page, *options], stdout=subprocess.PIPE, stderr=theirs, check=True)
        os.write(theirs, b".")
        seen = os.read(ours, 10_000)
    finally:
        os.close(ours)
        os.close(theirs)
    assert ended.stdout == b"HELLO\n"
    assert (b"0 of 1" in seen) is shown


@pytest.mark.parametrize(("name", "form"), [("page.html", "hocr"), ("scan.xml", "alto"), ("scan.pdf.part", "pdf")])
def test_a_file_whose_format_is_named_may_end_in_anything(page: Path, tmp_path: Path, name: str, form: str) -> None:
    assert ocrcore("ocr", page, "--format", form, "-o", tmp_path / name).returncode == 0
    assert (tmp_path / name).is_file()
    two = ocrcore("ocr", page, page, "--format", form, "-o", tmp_path / f"two-{name}")
    assert (two.returncode, two.stdout) == (2, "")
    assert two.stderr == "ocrcore: 2 files have one result each; name a folder for them with -o, with a / at its end.\n"


def test_a_name_that_says_no_format_makes_no_folder(page: Path, tmp_path: Path) -> None:
    ended = ocrcore("ocr", page, "-o", tmp_path / "out.docx")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("ocrcore: The name out.docx does not say the format; end it in .txt, .json")
    assert ended.stderr.endswith("A folder for the results ends in /.\n")
    assert not (tmp_path / "out.docx").exists()


def test_a_folder_that_is_there_and_a_name_without_an_ending_are_folders(page: Path, tmp_path: Path) -> None:
    (tmp_path / "out.2026").mkdir()
    for folder in ("out.2026", "out"):
        assert ocrcore("ocr", page, "-o", tmp_path / folder).returncode == 0
        assert (tmp_path / folder / "page.png.txt").read_text() == "HELLO\n"
