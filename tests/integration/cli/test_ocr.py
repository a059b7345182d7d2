"""``ocrcore ocr`` with files that it cannot read, and with invalid options."""

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pictures
from digital_pdfs import torn_pdf
from e2e.house import PROGRAM, House
from ocrcore.domain.codes import ITEM_WARNING_SENTENCES, ItemWarning
from ocrcore.testing.patience import FOREVER


@pytest.fixture
def house(tmp_path: Path, tesseract: str) -> House:
    assert tesseract
    return House(tmp_path)


def write(house: House, name: str, content: bytes) -> Path:
    path = house.root / name
    path.write_bytes(content)
    return path


def test_a_list_of_paths_named_jpg_is_one_line_and_opens_no_file(house: House) -> None:
    page = write(house, "private.png", pictures.png("PRIVATE"))
    ended = house.run("ocr", write(house, "x.jpg", f"{page}\n".encode()))
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"{house.root / 'x.jpg'}: ")
    assert "it is text" in line
    assert house.left == []


def test_damaged_pictures_are_lines_among_good_ones(house: House) -> None:
    whole = pictures.FORMS["jpeg"]("ALPHA")
    files = [
        write(house, "good.png", pictures.png("ALPHA")),
        write(house, "cut.jpg", whole[: len(whole) // 2]),
        write(house, "noise.png", pictures.damaged_png("ALPHA")),
        write(house, "empty.png", b""),
        write(house, "more.png", pictures.png("BRAVO")),
    ]
    ended = house.run("ocr", *files)
    assert (ended.returncode, ended.stdout) == (1, "ALPHA\fBRAVO\n")
    assert [line.split(": ")[0] for line in ended.stderr.splitlines()] == [str(file) for file in files[1:4]]
    assert house.left == []


def test_json_is_one_document_a_line(house: House) -> None:
    files = [write(house, f"{word}.png", pictures.png(word)) for word in ("ALPHA", "BRAVO")]
    ended = house.run("ocr", "--format", "json", *files)
    layouts = [json.loads(line) for line in ended.stdout.splitlines()]
    assert [layout["text"] for layout in layouts] == ["ALPHA", "BRAVO"]
    assert [layout["file"] for layout in layouts] == list(map(str, files))
    assert layouts[0]["lines"][0]["words"][0]["text"] == "ALPHA"


def test_json_tells_of_a_file_that_failed_in_a_line_of_its_own(house: House) -> None:
    files = [
        write(house, "good.png", pictures.png("ALPHA")),
        write(house, "empty.png", b""),
        house.root / "missing.png",
        write(
            house,
            "two.tif",
            pictures.save(pictures.draw("BRAVO"), "TIFF", save_all=True, append_images=[pictures.draw("CHARLIE")]),
        ),
    ]
    ended = house.run("ocr", "--format", "json", *files)
    lines = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 1
    assert [line["file"] for line in lines] == [str(files[at]) for at in (0, 1, 2, 3, 3)]
    assert [line.get("text") for line in lines] == ["ALPHA", None, None, "BRAVO", "CHARLIE"]
    assert [line["error"]["code"] for line in lines[1:3]] == ["empty-file", "source-missing"]
    assert lines[1].keys() == {"file", "error"}
    assert lines[1]["error"].keys() == {"code", "detail"}
    assert len(ended.stderr.splitlines()) == 2


def test_an_unknown_language_is_a_usage_error(house: House) -> None:
    ended = house.run("ocr", "--languages", "xyz", write(house, "a.png", pictures.png("ALPHA")))
    assert (ended.returncode, ended.stdout) == (2, "")
    (line,) = ended.stderr.splitlines()
    assert "eng" in line


@pytest.mark.parametrize("options", [(), ("--psm", "99"), ("--engine", "abbyy"), ("--format", "xml"), ("--nonsense",)])
def test_a_command_that_is_not_understood_says_so(house: House, options: tuple[str, ...]) -> None:
    files = [write(house, "a.png", pictures.png("ALPHA"))] if options else []
    ended = house.run("ocr", *options, *files)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr


def test_without_tesseract_the_command_ends_with_one_line(house: House) -> None:
    ended = house.run("ocr", write(house, "a.png", pictures.png("ALPHA")), PATH="/nowhere", OCR_ENGINE="tesseract")
    assert (ended.returncode, ended.stdout) == (1, "")
    (line,) = ended.stderr.splitlines()
    assert "no tesseract on the PATH" in line
    assert house.left == []


def test_who_stops_listening_gets_no_traceback(house: House) -> None:
    page = str(write(house, "a.png", pictures.png("ALPHA")))
    command = [PROGRAM, "ocr", page, page, page]
    with subprocess.Popen(command, env=house.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
    assert process.returncode == 1
    assert house.left == []


def test_nothing_is_made_where_data_would_be(house: House) -> None:
    house.run("ocr", write(house, "a.png", pictures.png("ALPHA")))
    assert not house.data.exists()


def test_a_result_that_cannot_be_written_is_one_line_and_the_others_are_written(house: House) -> None:
    out = house.root / "out"
    (out / "b.png.txt").mkdir(parents=True)  # a folder in the place of a result
    files = [write(house, f"{name}.png", pictures.png("ALPHA")) for name in "abc"]
    long = write(house, f"{'x' * 251}.png", pictures.png("ALPHA"))  # a name that has no room for a suffix
    ended = house.run("ocr", "-o", out, *files, long)
    assert ended.returncode == 1
    lines = ended.stderr.splitlines()
    assert [line.split(": ")[0] for line in lines] == [str(files[1]), str(long)]
    assert all("cannot be written" in line and line.endswith(".") for line in lines)
    assert [(out / f"{name}.png.txt").read_text() for name in "ac"] == ["ALPHA\n"] * 2


@pytest.mark.parametrize("name", ["-", "/dev/stdin"])
def test_a_picture_may_come_through_a_pipe(house: House, name: str) -> None:
    content = pictures.png("ALPHA")
    ended = subprocess.run(
        [PROGRAM, "ocr", name], input=content, capture_output=True, env=house.environment(), check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"ALPHA\n", b"")


def test_a_picture_may_come_through_a_named_pipe(house: House) -> None:
    pipe = house.root / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(house.run, "ocr", pipe)
        pipe.write_bytes(pictures.png("ALPHA"))
        assert ended.result(FOREVER).stdout == "ALPHA\n"


@pytest.mark.parametrize("closed", ["<&-", "2>&-", "<&- 2>&-"])
def test_a_command_works_without_some_of_its_standard_streams(house: House, closed: str) -> None:
    page = write(house, "a.png", pictures.png("ALPHA"))
    ended = subprocess.run(
        ["/bin/sh", "-c", f'exec "$0" ocr "$1" {closed}', PROGRAM, str(page)],
        stdout=subprocess.PIPE,
        env=house.environment(),
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (0, b"ALPHA\n")


def test_without_stdout_the_results_still_go_to_their_folder(house: House) -> None:
    page = write(house, "a.png", pictures.png("ALPHA"))
    command = ["/bin/sh", "-c", 'exec "$0" ocr -o out "$1" >&-', PROGRAM, str(page)]
    assert subprocess.run(command, env=house.environment(), check=False, cwd=house.root).returncode == 0
    assert (house.root / "out" / "a.png.txt").read_text() == "ALPHA\n"


def test_what_one_should_know_about_a_page_is_a_line_beside_its_text(house: House) -> None:
    page = write(house, "drawing.png", pictures.save(pictures.drawing()))
    ended = house.run("ocr", page)
    assert (ended.returncode, ended.stdout) == (0, "\n")
    assert ended.stderr == f"{page}: Warning: {ITEM_WARNING_SENTENCES[ItemWarning.NO_WORDS]}\n"
    assert json.loads(house.run("ocr", "--format", "json", page).stdout)["warnings"] == ["no-words"]


def test_what_one_should_know_about_a_file_is_in_the_lines_of_its_pages(house: House) -> None:
    torn = write(house, "torn.pdf", torn_pdf("HARBOUR"))
    line = json.loads(house.run("ocr", "--format", "json", torn).stdout)
    assert (line["text"], line["file_warnings"]) == ("HARBOUR", ["pages-lost"])


def as_others(house: House, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command without what lets root read everything."""
    rights = "-dac_override,-dac_read_search"
    unprivileged = ["setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}"] if os.geteuid() == 0 else []
    command = [*unprivileged, PROGRAM, *arguments]
    return subprocess.run(command, env=house.environment(), capture_output=True, text=True, check=False, cwd=house.root)


def test_a_folder_that_may_not_be_read_is_a_line_beside_the_others(house: House) -> None:
    for name in ("scans", "scans/closed", "scans/unsearchable"):
        (house.root / name).mkdir()
    for name, word in (("a", "ALPHA"), ("closed/b", "BRAVO"), ("unsearchable/c", "CHARLIE")):
        write(house, f"scans/{name}.png", pictures.png(word))
    (house.root / "scans/closed").chmod(0)
    (house.root / "scans/unsearchable").chmod(0o444)
    try:
        ended = as_others(house, "ocr", "scans")
        assert (ended.returncode, ended.stdout) == (1, "ALPHA\n")
        assert ended.stderr.splitlines() == [
            "scans/closed: The folder cannot be listed: Permission denied.",
            "scans/unsearchable/c.png: Permission denied.",
        ]
        refused = as_others(house, "jobs", "submit", "scans")
        assert refused.returncode == 1
        assert refused.stderr == "ocrcore: scans/closed: The folder cannot be listed: Permission denied.\n"
        alone = as_others(house, "ocr", "scans/closed", "scans/closed/b.png")
        assert alone.stderr.splitlines() == [
            "scans/closed: The folder cannot be listed: Permission denied.",
            "scans/closed/b.png: Permission denied.",
        ]
    finally:
        for name in ("closed", "unsearchable"):
            (house.root / "scans" / name).chmod(0o755)


def test_an_empty_name_is_not_the_folder_in_which_one_is(house: House) -> None:
    page = str(write(house, "a.png", pictures.png("ALPHA")))
    (house.root / "in").mkdir()
    for command in (
        ("ocr", ""),
        ("ocr", page, "-o", ""),
        ("watch", "in", "-o", ""),
        ("watch", "", "-o", "out"),
        ("jobs", "submit", ""),
        ("jobs", "result", "last", "-o", ""),
        ("jobs", "image", "last", "-o", ""),
    ):
        ended = house.run(*command)
        assert (ended.returncode, ended.stdout) == (2, ""), command
        assert "empty name" in ended.stderr, command
    assert sorted(path.name for path in house.root.iterdir()) == ["a.png", "in", "tmp"]
