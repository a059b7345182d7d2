import io
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.cli.summary import passed_over_line
from entrypoints.folders import NamedFile, find_files, passed_over
from entrypoints.inputs import LazyFile, as_uploads


def plant(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def test_a_named_file_is_itself_whatever_it_is_called(tmp_path: Path) -> None:
    assert find_files([tmp_path / "no.suffix"]) == [NamedFile(tmp_path / "no.suffix", Path("no.suffix"))]


def test_a_folder_is_its_pictures_sorted_at_any_depth(tmp_path: Path) -> None:
    plant(tmp_path, "b.png", "a/z.JPEG", "a/notes.txt", "c.tiff", "README")
    assert [str(named.relative) for named in find_files([tmp_path])] == ["a/z.JPEG", "b.png", "c.tiff"]


def test_a_folder_called_like_a_picture_is_none(tmp_path: Path) -> None:
    plant(tmp_path, "album.jpg/one.gif")
    assert [str(named.relative) for named in find_files([tmp_path])] == ["album.jpg/one.gif"]


def test_a_folder_without_pictures_is_a_fault(tmp_path: Path) -> None:
    (named,) = find_files([tmp_path])
    assert named == NamedFile(tmp_path, Path(tmp_path.name), "There is no picture or document in this folder.")


def test_what_is_named_first_comes_first(tmp_path: Path) -> None:
    plant(tmp_path, "z/1.png", "a.png")
    named = find_files([tmp_path / "z", tmp_path / "a.png"])
    assert [one.path.name for one in named] == ["1.png", "a.png"]


def test_a_folder_is_in_natural_order(tmp_path: Path) -> None:
    names = ["1.png", "2.png", "10.png", "b2/1.png", "B10/1.png", "scan-9-1.png", "scan-10-1.png"]
    plant(tmp_path, *reversed(names))
    assert [str(named.relative) for named in find_files([tmp_path])] == names


def test_hidden_and_temporary_files_are_left_out_of_a_folder(tmp_path: Path) -> None:
    plant(tmp_path, "a.png", ".hidden.png", ".thumbs/t.jpg", "~$a.pdf", "b/._b.jpg")
    assert [named.path.name for named in find_files([tmp_path])] == ["a.png"]


def test_what_is_hidden_is_read_where_it_is_named_itself(tmp_path: Path) -> None:
    plant(tmp_path / ".scans", "a.png", ".b.png")
    assert [named.path.name for named in find_files([tmp_path / ".scans", tmp_path / ".scans/.b.png"])] == [
        "a.png",
        ".b.png",
    ]


def test_visible_files_of_other_kinds_are_passed_over(tmp_path: Path) -> None:
    plant(tmp_path, "a.png", "notes.txt", "b/notes.docx", ".hidden.txt")
    assert passed_over([tmp_path, tmp_path / "notes.txt"]) == [tmp_path / "b/notes.docx", tmp_path / "notes.txt"]


def test_a_link_to_a_folder_is_passed_over_and_one_to_a_document_is_read(tmp_path: Path) -> None:
    plant(tmp_path / "scans", "a.png")
    plant(tmp_path / "others", "b.png")
    (tmp_path / "scans/c.png").symlink_to(tmp_path / "others/b.png")
    (tmp_path / "scans/more").symlink_to(tmp_path / "others")
    assert [named.path.name for named in find_files([tmp_path / "scans"])] == ["a.png", "c.png"]
    assert passed_over([tmp_path / "scans"]) == [tmp_path / "scans/more"]
    assert passed_over_line(passed_over([tmp_path / "scans"])) == "1 file passed over: more (a linked folder)"


def test_a_link_that_leads_nowhere_is_a_document_that_cannot_be_opened(tmp_path: Path) -> None:
    plant(tmp_path, "a.png")
    (tmp_path / "b.png").symlink_to(tmp_path / "gone.png")
    (tmp_path / "notes").symlink_to(tmp_path / "gone")
    assert [named.path.name for named in find_files([tmp_path])] == ["a.png", "b.png"]
    assert passed_over([tmp_path]) == [tmp_path / "notes"]
    with ExitStack() as stack, pytest.raises(FileNotFoundError, match=r"b\.png"):
        as_uploads(tmp_path, stack)


class Bare:
    """A stream that can only be read, as of a program or a library."""

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


def test_a_stream_that_can_only_be_read_is_read() -> None:
    with ExitStack() as stack:
        (upload,) = as_uploads(cast("BinaryIO", Bare(b"pixels")), stack)
        assert (upload.content.read(), upload.content.seek(0), upload.content.read()) == (b"pixels", 0, b"pixels")


def test_what_is_no_file_is_passed_over(tmp_path: Path) -> None:
    plant(tmp_path, "a.png")
    os.mkfifo(tmp_path / "pipe.png")
    assert [named.path.name for named in find_files([tmp_path])] == ["a.png"]
    assert passed_over([tmp_path]) == [tmp_path / "pipe.png"]


def test_a_folder_that_cannot_be_listed_is_an_error_in_its_place(tmp_path: Path) -> None:
    """Of a path so long, which also root cannot list."""
    plant(tmp_path, "a.png", "y.png")
    place = os.open(tmp_path, os.O_RDONLY)
    for _ in range(20):
        os.mkdir("x" * 250, dir_fd=place)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=place)
        os.close(place)
        place = below
    os.close(place)
    first, long, last = find_files([tmp_path])
    assert (first.error, last.error) == (None, None)
    assert long.error == "The folder cannot be listed: File name too long."
    with ExitStack() as stack, pytest.raises(OSError, match="cannot be listed"):
        as_uploads(tmp_path, stack)


@given(st.binary(), st.lists(st.tuples(st.sampled_from(["read", "seek"]), st.integers(0, 50))))
def test_a_lazy_file_reads_as_a_whole_one_does(content: bytes, steps: list[tuple[str, int]]) -> None:
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        lazy, whole = LazyFile(Path(file.name)), io.BytesIO(content)
        assert lazy.read() == whole.read()
        for step, number in steps:
            assert getattr(lazy, step)(number) == getattr(whole, step)(number)
        assert lazy.seek(0, io.SEEK_END) == len(content)
        assert lazy.seek(0, io.SEEK_CUR) == len(content)


def test_lazy_files_hold_no_descriptor(tmp_path: Path) -> None:
    plant(tmp_path, "a.png")
    before = len(list(Path("/proc/self/fd").iterdir()))
    lazy = [LazyFile(tmp_path / "a.png") for _ in range(50)]
    assert all(file.read(1) == b"x" for file in lazy)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
