"""What becomes of the files of a watched folder."""

import json
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from adapters.memory.pictures import document
from entrypoints.cli.watching import watcher
from entrypoints.cli.watching.folder import WatchedFolder
from entrypoints.cli.watching.record import Record
from entrypoints.cli.watching.telling import JsonLines, Teller
from entrypoints.cli.watching.watcher import Watcher
from ocrcore import ItemErrorCode, Policy
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.domain.limits import Quotas
from ocrcore.formats.registry import FORMATS
from ocrcore.ports.engine import EngineFailure
from ocrcore.testing.patience import FOREVER, eventually
from working import at_work
from worlds import World, picture


@dataclass
class House:
    """A folder with files, and one for results."""

    root: Path
    world: World = field(default_factory=World)
    #: What was told in JSON.
    told: list[dict[str, Any]] = field(default_factory=list)

    def is_told(self, event: str, capsys: pytest.CaptureFixture[str]) -> bool:
        self.told += map(json.loads, capsys.readouterr().out.splitlines())
        return any(told["event"] == event for told in self.told)

    def put(self, name: str, content: bytes) -> Path:
        path = self.root / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = self.root / "whole"  # a file that is being written is empty at first, and would be read as that
        whole.write_bytes(content)
        return whole.replace(path)

    def result(self, name: str) -> str | None:
        path = self.root / "out" / name
        return path.read_text() if path.is_file() else None

    @property
    def results(self) -> dict[str, str]:
        out = self.root / "out"
        return {str(path.relative_to(out)): path.read_text() for path in out.rglob("*") if path.is_file()}

    @property
    def recorded(self) -> int:
        """How many lines the record has."""
        return len((self.root / "out.watch.jsonl").read_text().splitlines())

    @contextmanager
    def watched(self, *, form: str = "txt", reading: bool = True, tell: Teller | None = None) -> Iterator[None]:
        """Watch until the end of the block."""
        stop, source, out = threading.Event(), self.root / "in", self.root / "out"
        source.mkdir(exist_ok=True)
        out.mkdir(exist_ok=True)
        options = self.world.service.default_options
        with Record.open(out) as record, at_work(self.world if reading else World()):
            watching = Watcher(WatchedFolder(source, out, settle=0), record, out, FORMATS[form], tell)

            def work() -> None:
                while not stop.is_set():
                    watching.work(self.world.owned, options, stop, ahead=3, most=2)

            thread = threading.Thread(target=work)
            thread.start()
            try:
                yield
            finally:
                stop.set()
                thread.join(FOREVER)

    def watch_until(self, holds: Callable[[], object], *, form: str = "txt") -> None:
        """Watch until something holds."""
        with self.watched(form=form):
            assert eventually(holds), self.results


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr(watcher, "_INTERVAL", 0.01)
    monkeypatch.setattr(watcher, "_POLL", 0.01)
    return House(tmp_path)


def test_files_become_results_in_the_same_subfolders(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["a.png", "b/c.png", "b/d/e.png", "b/d/f.png", "g.png"]
    for name in names:
        house.put(name, picture(name))
    house.watch_until(lambda: house.recorded == 5)
    assert house.results == {f"{name}.txt": f"{name}\n" for name in names}
    said = capsys.readouterr()
    assert sorted(line.partition(" -> ")[0] for line in said.out.splitlines()) == names
    assert said.err == ""


def test_a_file_that_arrives_later_is_read(house: House) -> None:
    with house.watched():
        house.put("a.png", picture("ONE"))
        assert eventually(lambda: house.result("a.png.txt")) == "ONE\n"


def test_a_file_is_read_once_also_after_a_restart_and_a_new_time(house: House) -> None:
    path = house.put("a.png", picture("ONE"))
    house.watch_until(lambda: house.recorded == 1)
    (house.root / "out/a.png.txt").unlink()
    os.utime(path, ns=(1, 1))
    house.put("b.png", picture("TWO"))
    house.watch_until(lambda: house.recorded == 3)
    assert house.results == {"b.png.txt": "TWO\n"}


def test_a_file_with_another_content_is_read_again(house: House) -> None:
    house.put("a.png", picture("ONE"))
    house.watch_until(lambda: house.recorded == 1)
    house.put("a.png", picture("OTHER"))
    house.watch_until(lambda: house.recorded == 2)
    assert house.results == {"a.png.txt": "OTHER\n"}


def test_a_file_that_cannot_be_read_gets_its_code_and_a_sentence(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.put("b/a.png", b"no picture")
    house.put("c.png", picture("THREE"))
    house.watch_until(lambda: house.recorded == 2)
    error = json.loads(house.result("b/a.png.error.json") or "")
    assert (error["file"], error["code"], error["pages"]) == ("b/a.png", "unsupported-image", [])
    assert error["detail"].startswith("The file is not a picture")
    assert house.result("c.png.txt") == "THREE\n"
    assert capsys.readouterr().err.startswith("b/a.png: The file is not a picture")


def test_a_mended_file_loses_its_error(house: House) -> None:
    house.put("a.png", b"no picture")
    house.watch_until(lambda: house.recorded == 1)
    house.put("a.png", picture("MENDED"))
    house.watch_until(lambda: house.recorded == 2)
    assert house.results == {"a.png.txt": "MENDED\n"}


def test_a_document_with_a_bad_page_has_a_result_and_an_error(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.put("scan.tif", document("ONE", "TWO", "THREE"))
    house.world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    house.watch_until(lambda: house.recorded == 1)
    error = json.loads(house.result("scan.tif.error.json") or "")
    assert [page["code"] for page in error["pages"]] == ["image-corrupt"] == [error["code"]]
    assert len((house.result("scan.tif.txt") or "").split("\f")) == 2
    assert f"without page {error['pages'][0]['page']}: The picture is damaged" in capsys.readouterr().err


def test_a_result_that_cannot_be_a_pdfa_is_an_error(house: House) -> None:
    house.put("a.bmp", b"PICTURE.bmp:ONE")
    house.watch_until(lambda: house.recorded == 1, form="pdfa")
    assert json.loads(house.result("a.bmp.error.json") or "")["code"] == "not-pdfa"


def test_a_result_that_cannot_be_written_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(watcher, "_REST", 0.05)
    (house.root / "out").symlink_to(house.root / "share")  # which is not mounted
    (house.root / "share").mkdir()
    said = ""

    def is_told() -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return "cannot be written" in said

    with house.watched():
        (house.root / "share").rmdir()
        house.put("a.png", picture("ONE"))
        assert eventually(is_told)
        assert house.recorded == 0
        (house.root / "share").mkdir()
        assert eventually(lambda: house.recorded == 1)
    assert house.results == {"a.png.txt": "ONE\n"}


def test_a_file_that_is_removed_while_it_waits_to_be_tried_again_is_told(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    (house.root / "out").symlink_to(house.root / "share")  # which is not mounted
    (house.root / "share").mkdir()
    said = ""

    def is_told(sentence: str) -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return sentence in said

    with house.watched():
        (house.root / "share").rmdir()
        file = house.put("a.png", picture("ONE"))
        assert eventually(lambda: is_told("cannot be written"))
        file.unlink()
        assert eventually(lambda: is_told("a.png: It was removed before its text was written."))


@pytest.mark.parametrize(
    ("name", "in_the_way", "error"),
    [
        (f"{'x' * 248}.png", "", f"{'x' * 200}-"),
        (f"{'y' * 200}/{'x' * 248}.png", "", f"{'y' * 200}-"),
        ("a.png", "a.png.txt/b.txt", "a.png.error.json"),
        ("a/b.png", "a", "a-b.png-"),
        ("a/b/c.png", "a", "a-b-c.png-"),
    ],
)
def test_a_result_that_can_never_be_written_is_noted_and_the_file_read_once(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    in_the_way: str,
    error: str,
) -> None:
    monkeypatch.setattr(watcher, "_REST", 0.01)
    house.put(name, picture("ONE"))
    if in_the_way:
        (house.root / "out" / in_the_way).parent.mkdir(parents=True)
        (house.root / "out" / in_the_way).write_text("in the way")
    house.watch_until(lambda: house.recorded == 1)
    house.put("z.png", picture("TWO"))
    house.watch_until(lambda: house.recorded == 2)
    (path,) = [path for path in house.results if path.endswith(".error.json")]
    assert path.startswith(error)
    told = json.loads(house.results[path])
    assert (told["file"], told["code"], house.result("z.png.txt")) == (name, "not-written", "TWO\n")
    assert told["detail"].startswith("Its result cannot be written: ")
    assert capsys.readouterr().err == f"{name}: {told['detail']}\n"


def test_a_name_with_room_for_a_result_only_gets_it_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watcher, "_REST", 0.01)
    name = f"{'x' * 242}.png"
    house.put(name, b"no picture")
    house.watch_until(lambda: house.recorded == 1)
    assert [path.startswith("x" * 200) for path in house.results] == [True]
    house.put(name, picture("ONE"))
    house.watch_until(lambda: house.recorded == 2)
    assert house.results == {f"{name}.txt": "ONE\n"}


def test_a_service_that_is_away_delays_a_file(house: House) -> None:
    house.world.jobs.before("add", DatabaseUnavailable())
    house.put("a.png", picture("ONE"))
    house.watch_until(lambda: house.recorded == 1)
    assert house.results == {"a.png.txt": "ONE\n"}


def test_a_limit_that_is_reached_for_now_delays_a_file(house: House) -> None:
    house.world = World(Policy(quotas=Quotas(open_items=1)))
    house.put("a.png", picture("ONE"))
    house.put("b.png", picture("TWO"))
    house.watch_until(lambda: house.recorded == 2)
    assert house.results == {"a.png.txt": "ONE\n", "b.png.txt": "TWO\n"}


def test_an_unexpected_error_in_one_file_does_not_end_the_others(house: House) -> None:
    house.world.jobs.before("add", RuntimeError())
    house.put("a.png", picture("ONE"))
    house.put("b.png", picture("TWO"))
    house.watch_until(lambda: house.recorded == 2)
    assert json.loads(house.result("a.png.error.json") or "")["code"] == "internal-error"
    assert house.result("b.png.txt") == "TWO\n"


def test_a_file_that_is_not_finished_at_the_end_is_read_at_the_next_start(house: House) -> None:
    house.put("a.png", picture("ONE"))
    with house.watched(reading=False):
        assert eventually(house.world.owned.list)
    assert (house.recorded, house.results) == (0, {})
    house.world = World()
    house.watch_until(lambda: house.recorded == 1)
    assert house.results == {"a.png.txt": "ONE\n"}


def test_a_folder_that_is_gone_for_a_while_is_told_once(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    with house.watched():
        (house.root / "in").rename(house.root / "away")
        assert eventually(lambda: "cannot be listed" in capsys.readouterr().err)
        (house.root / "away").rename(house.root / "in")
        house.put("a.png", picture("ONE"))
        assert eventually(lambda: house.recorded == 1)
    assert capsys.readouterr().err == "IN can be listed again.\n"


def test_what_is_passed_over_is_told_once_also_by_the_next_service(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.put("notes.txt", b"notes")
    house.put("b.png", picture("ONE"))
    (house.root / "in/c.png").symlink_to(house.root / "in/b.png")
    with house.watched():
        for name in ("d.png", "e.png", "f.png"):  # more than one service reads
            house.put(name, picture(name))
        assert eventually(lambda: house.recorded == 4)
    assert capsys.readouterr().err == (
        "c.png: It is a link; put the file itself here; it is passed over.\n"
        "notes.txt: Its name does not end as that of a picture or document does; it is passed over.\n"
    )


def test_a_file_that_vanishes_before_it_is_read_is_told_and_one_that_was_read_is_not(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    read, said = house.put("a.png", picture("ONE")), ""

    def is_told(sentence: str) -> bool:
        nonlocal said
        said += capsys.readouterr().err
        return sentence in said

    with house.watched():
        house.put("c.txt", b"no picture")
        assert eventually(lambda: is_told("c.txt: ") and house.recorded == 1)
        house.world.jobs.before("add", DatabaseUnavailable(), 1_000_000)  # files wait
        house.put("b.png", picture("TWO"))
        house.put("e.txt", b"no picture")
        assert eventually(lambda: is_told("e.txt: "))  # a look has seen both
        (house.root / "in/b.png").unlink()
        assert eventually(lambda: is_told("b.png: It was removed before its text was written."))
        read.unlink()
        (house.root / "in/c.txt").unlink()
        house.put("d.txt", b"no picture")
        assert eventually(lambda: is_told("d.txt: "))
    assert "a.png" not in said
    assert said.count("c.txt") == 1


def test_events_are_lines_of_json(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    house.put("a.png", picture("ONE"))
    house.put("b.png", b"no picture")
    house.put("c.txt", b"notes")
    with house.watched(tell=JsonLines()):
        assert eventually(lambda: house.recorded == 2)
        (house.root / "in").rename(house.root / "away")
        assert eventually(lambda: house.is_told("folder-gone", capsys))
        (house.root / "away").rename(house.root / "in")
        assert eventually(lambda: house.is_told("folder-back", capsys))
    events = {told["file"]: told for told in house.told}
    assert events["a.png"] == {
        "event": "read",
        "file": "a.png",
        "result": str(house.root / "out/a.png.txt"),
        "errors": [],
        "warnings": [],
    }
    assert events["b.png"]["event"] == "failed"
    assert [error["code"] for error in events["b.png"]["errors"]] == ["unsupported-image"]
    assert (events["c.txt"]["event"], events["c.txt"]["detail"][-20:]) == ("passed-over", "; it is passed over.")
    assert [told["event"] for told in house.told if told["file"] is None] == ["folder-gone", "folder-back"]
