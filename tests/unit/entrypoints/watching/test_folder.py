"""Which files of a watched folder are whole."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from entrypoints.cli.watching.folder import WatchedFolder


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path, clock: Callable[[], float]) -> WatchedFolder:
    return WatchedFolder(tmp_path, tmp_path / "out", settle=5, clock=clock)


def names(folder: WatchedFolder) -> list[str]:
    return [str(file.relative) for file in folder.look()]


def test_a_file_is_whole_when_it_has_not_changed_for_a_while(
    folder: WatchedFolder, tmp_path: Path, clock: Clock
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"1")
    assert names(folder) == []
    clock.now += 4
    file.write_bytes(b"12")
    assert names(folder) == []
    clock.now += 4
    assert names(folder) == []
    clock.now += 1
    assert names(folder) == ["a.png"]


def test_a_change_of_the_time_alone_is_a_change(folder: WatchedFolder, tmp_path: Path, clock: Clock) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"1")
    names(folder)
    clock.now += 5
    os.utime(file, ns=(1, 1))
    assert names(folder) == []


@pytest.mark.parametrize("temporary", [".a.png.Xy12", "a.png.part", "~a.png", "a.tmp"])
def test_a_file_that_is_renamed_into_place_is_whole_at_once(
    folder: WatchedFolder, tmp_path: Path, clock: Clock, temporary: str
) -> None:
    (tmp_path / temporary).write_bytes(b"1")
    assert names(folder) == []
    (tmp_path / temporary).rename(tmp_path / "a.png")
    clock.now += 1
    assert names(folder) == ["a.png"]
    clock.now += 1
    assert names(folder) == ["a.png"]


def test_a_file_that_is_renamed_over_another_is_whole_at_once(
    folder: WatchedFolder, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / "a.png").write_bytes(b"1")
    (tmp_path / ".new").write_bytes(b"new")
    names(folder)
    (tmp_path / ".new").rename(tmp_path / "a.png")
    clock.now += 1
    assert names(folder) == ["a.png"]


def test_a_file_that_changes_after_its_renaming_has_to_settle(
    folder: WatchedFolder, tmp_path: Path, clock: Clock
) -> None:
    (tmp_path / ".a").write_bytes(b"1")
    names(folder)
    (tmp_path / ".a").rename(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes(b"12")
    clock.now += 1
    assert names(folder) == []


def test_subfolders_are_watched_in_natural_order(folder: WatchedFolder, tmp_path: Path, clock: Clock) -> None:
    for name in ("b/10.png", "b/2.png", "a.PDF"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    names(folder)
    clock.now += 5
    assert names(folder) == ["a.PDF", "b/2.png", "b/10.png"]


def test_hidden_files_other_kinds_links_pipes_and_results_are_left_out(
    folder: WatchedFolder, tmp_path: Path, clock: Clock
) -> None:
    for name in ("out/a.png.pdf", ".thumbs/t.jpg", ".b.png", "~$c.pdf", "notes.txt", "real.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"1")
    (tmp_path / "link.png").symlink_to(tmp_path / "real.png")
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "folder.png").mkdir()
    names(folder)
    clock.now += 5
    assert names(folder) == ["real.png"]


def test_a_folder_that_is_gone_is_empty(tmp_path: Path) -> None:
    gone = WatchedFolder(tmp_path / "gone", tmp_path / "out", settle=0)
    assert not gone.is_there
    assert gone.look() == []
