"""``ocrcore watch`` as a process: files come, it is killed and stopped."""

import json
import signal
from pathlib import Path

import pytest

import pictures
from e2e.house import House
from ocrcore.testing.patience import eventually

WORDS = ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT")


@pytest.fixture
def house(tmp_path: Path, tesseract: str) -> House:
    assert tesseract
    (tmp_path / "in").mkdir()
    return House(tmp_path)


def texts(house: House) -> dict[str, str]:
    out = house.root / "out"
    return {path.name: path.read_text() for path in out.glob("*.txt")}


def test_files_are_read_as_they_come_and_none_is_lost_by_a_kill(house: House) -> None:
    files = {f"{word}.png.txt": f"{word}\n" for word in WORDS}
    for word in WORDS[:4]:
        (house.root / "in" / f"{word}.png").write_bytes(pictures.png(word))
    house.start("watch", "in", "-o", "out", "--settle", "0s")
    assert eventually(lambda: texts(house))
    house.kill()
    assert texts(house).items() <= files.items()  # none is written half
    for word in WORDS[4:]:
        (house.root / "in" / f"{word}.png").write_bytes(pictures.png(word))
    watching = house.start("watch", "in", "-o", "out", "--settle", "0s")
    assert eventually(lambda: texts(house) == files), texts(house)
    refused = house.run("watch", "in", "-o", "out")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("ocrcore: Another ocrcore watch writes into")
    watching.stop()
    assert watching.process.returncode == 0
    lines = (house.root / "out.watch.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["path"] for line in lines) == sorted(f"{word}.png" for word in WORDS)
    assert house.left == [] or all("process" not in left for left in house.left)


def test_ctrl_c_ends_it_cleanly(house: House) -> None:
    watching = house.start("watch", "in", "-o", "out")
    assert eventually(lambda: "Watching in" in watching.log.read_text())
    watching.stop(signal.SIGINT)
    assert watching.process.returncode == 0
    assert watching.log.read_text() == "Watching in; the results go to out. Ctrl-C ends it.\n"


@pytest.mark.parametrize(
    "arguments",
    [("in",), ("gone", "-o", "out"), ("in", "-o", "in"), ("in", "-o", "."), ("in", "-o", "out", "-l", "xyz")],
)
def test_what_makes_no_sense_is_a_usage_error(house: House, arguments: tuple[str, ...]) -> None:
    ended = house.run("watch", *arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "Traceback" not in ended.stderr
