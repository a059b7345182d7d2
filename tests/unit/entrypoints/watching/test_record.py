"""The record of the files that were read."""

import json
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from entrypoints.cli.watching.record import AlreadyWatched, Entry, Record, record_of

ENTRY = Entry("a/b.png", "00ff", 12, 345)


@contextmanager
def limited(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_an_entry_is_found_after_a_restart_in_its_latest_form(tmp_path: Path) -> None:
    later = Entry("a/b.png", "11ee", 13, 346, "image-corrupt")
    with Record.open(tmp_path / "out") as record:
        record.add(ENTRY)
        record.add(later)
        assert record.find("a/b.png") == later
    with Record.open(tmp_path / "out") as record:
        assert record.find("a/b.png") == later
        assert record.find("other") is None


def test_the_record_is_beside_the_results(tmp_path: Path) -> None:
    with Record.open(tmp_path / "out") as record:
        record.add(ENTRY)
    (line,) = (tmp_path / "out.watch.jsonl").read_text().splitlines()
    assert json.loads(line)["path"] == "a/b.png"


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_line_that_was_cut_is_removed_and_the_next_is_whole(tmp_path: Path, kept: int) -> None:
    with Record.open(tmp_path / "out") as record:
        record.add(ENTRY)
    file = record_of(tmp_path / "out")
    whole = file.read_bytes()
    file.write_bytes(whole + whole[:kept])
    with Record.open(tmp_path / "out") as record:
        assert record.find("a/b.png") == ENTRY
        record.add(Entry("c.png", "22", 1, 2))
    with Record.open(tmp_path / "out") as record:
        assert record.find("c.png") is not None


def test_keys_of_a_newer_release_are_passed_over(tmp_path: Path) -> None:
    newer = {"path": "a/b.png", "sha256": "00ff", "size": 12, "mtime_ns": 345, "pages": [1]}
    record_of(tmp_path / "out").write_text(json.dumps(newer) + "\n")
    with Record.open(tmp_path / "out") as record:
        assert record.find("a/b.png") == ENTRY


def test_a_damaged_line_is_no_entry(tmp_path: Path) -> None:
    record_of(tmp_path / "out").write_text('nonsense\n{"path": 1}\n[]\n')
    with Record.open(tmp_path / "out") as record:
        record.add(ENTRY)
        assert record.find("a/b.png") == ENTRY


def test_a_name_that_is_not_utf_8_is_found_again(tmp_path: Path) -> None:
    strange = Entry("b\udcff.png", "00", 1, 2)
    with Record.open(tmp_path / "out") as record:
        record.add(strange)
    with Record.open(tmp_path / "out") as record:
        assert record.find(strange.path) == strange


def test_two_watchers_do_not_share_a_folder_of_results(tmp_path: Path) -> None:
    with (
        Record.open(tmp_path / "out"),
        pytest.raises(AlreadyWatched, match="name another folder"),
        Record.open(tmp_path / "out"),
    ):
        pass
    with Record.open(tmp_path / "out"):
        pass


def test_an_entry_that_cannot_be_written_leaves_the_others_whole(tmp_path: Path) -> None:
    with Record.open(tmp_path / "out") as record:
        record.add(ENTRY)
        before = record_of(tmp_path / "out").read_bytes()
        with limited(len(before) + 10), pytest.raises(OSError, match=r"File too large|No space"):
            record.add(Entry("c.png", "22", 1, 2))
        assert record.find("c.png") is None
        assert record_of(tmp_path / "out").read_bytes() == before
        record.add(Entry("c.png", "22", 1, 2))
    with Record.open(tmp_path / "out") as record:
        assert record.find("c.png") is not None
