"""Which files of a watched folder are whole."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from entrypoints.cli.watching.folder import WatchedFolder
from limited_disk import limited_disk


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
    (tmp_path / "link").symlink_to(tmp_path / "folder.png")
    names(folder)
    clock.now += 5
    assert names(folder) == ["real.png"]
    link, other = (
        "It is a link; put the file itself here",
        "Its name does not end as that of a picture or document does",
    )
    assert [(str(over.relative), over.reason) for over in folder.passed_over] == [
        ("link", link),
        ("link.png", link),
        ("notes.txt", other),
        ("pipe.png", "It is not a file"),
    ]


def test_a_name_on_its_way_to_another_is_not_passed_over(folder: WatchedFolder, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "a.png.part").write_bytes(b"1")
    names(folder)
    clock.now += 4
    (tmp_path / "a.png.part").rename(tmp_path / "a.png")
    assert names(folder) == ["a.png"]
    assert folder.passed_over == []
    (tmp_path / "b.png.part").write_bytes(b"1")
    names(folder)
    clock.now += 5
    names(folder)
    assert [over.relative for over in folder.passed_over] == [Path("b.png.part")]


def test_a_file_with_another_name_is_not_passed_over_while_it_grows(
    folder: WatchedFolder, tmp_path: Path, clock: Clock
) -> None:
    for size in range(1, 5):
        (tmp_path / "a.png.part").write_bytes(bytes(size))
        names(folder)
        assert folder.passed_over == []
        clock.now += 4
    clock.now += 1
    names(folder)
    assert [over.relative for over in folder.passed_over] == [Path("a.png.part")]


def test_a_file_that_is_passed_over_may_grow(folder: WatchedFolder, tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "scan.log").write_bytes(b"1")
    names(folder)
    clock.now += 5
    names(folder)
    (tmp_path / "scan.log").write_bytes(b"12")
    names(folder)
    assert [over.relative for over in folder.passed_over] == [Path("scan.log")]


def test_a_folder_that_cannot_be_listed_is_passed_over(folder: WatchedFolder, tmp_path: Path, clock: Clock) -> None:
    """Of a path so long, which also root cannot list."""
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=place)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    names(folder)
    clock.now += 5
    names(folder)
    assert [over.reason for over in folder.passed_over] == ["It cannot be listed: File name too long"]


def test_a_file_that_is_gone_is_told_unless_it_was_renamed(folder: WatchedFolder, tmp_path: Path, clock: Clock) -> None:
    for name in ("a.png", "b.png", "c.png", "d.png"):
        (tmp_path / name).write_bytes(b"1")
    names(folder)
    (tmp_path / "a.png").unlink()
    (tmp_path / "b.png").rename(tmp_path / "e.png")
    (tmp_path / "c.png").rename(tmp_path / "c.old")
    names(folder)
    assert [str(file.relative) for file in folder.gone] == ["a.png"]
    clock.now += 5
    names(folder)
    assert folder.gone == []


def test_a_folder_that_is_gone_is_empty(tmp_path: Path) -> None:
    gone = WatchedFolder(tmp_path / "gone", tmp_path / "out", settle=0)
    assert not gone.is_there
    assert (gone.look(), gone.gone, gone.passed_over) == ([], [], [])


def test_the_files_of_a_folder_that_is_gone_itself_are_not_told(tmp_path: Path) -> None:
    watched = WatchedFolder(tmp_path / "in", settle=0)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/a.png").write_bytes(b"1")
    watched.look()
    (tmp_path / "in").rename(tmp_path / "away")
    assert (watched.look(), watched.gone) == ([], [])


def test_the_files_of_a_share_below_it_that_is_not_mounted_are_not_told(folder: WatchedFolder, tmp_path: Path) -> None:
    with limited_disk(tmp_path / "share"):
        (tmp_path / "share/sub").mkdir()
        (tmp_path / "share/sub/a.png").write_bytes(b"1")
        (tmp_path / "share/b.png").write_bytes(b"1")
        names(folder)
        (tmp_path / "share/b.png").unlink()
        names(folder)
        assert [str(file.relative) for file in folder.gone] == ["share/b.png"]
    names(folder)
    assert folder.gone == []
