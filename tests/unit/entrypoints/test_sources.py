import io
import os
import stat
from contextlib import ExitStack
from pathlib import Path

import pytest

from entrypoints.inputs import Files, as_uploads


def contents(files: Files) -> list[tuple[str, bytes]]:
    with ExitStack() as stack:
        return [(upload.filename, upload.content.read()) for upload in as_uploads(files, stack)]


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.png"
    file.write_bytes(b"pixels")
    return file


def test_one_path_is_one_file_as_text_too(page: Path) -> None:
    assert contents(page) == contents(str(page)) == [("page.png", b"pixels")]


def test_several_files_keep_their_order(page: Path) -> None:
    assert contents([io.BytesIO(b"first"), page]) == [("file-0", b"first"), ("page.png", b"pixels")]


def test_an_open_file_has_its_name_and_stays_open(page: Path) -> None:
    with page.open("rb") as file:
        assert contents(file) == [("page.png", b"pixels")]
        assert not file.closed


def test_a_stream_that_cannot_go_back_is_copied() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"piped")
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe, ExitStack() as stack:
        assert stat.S_ISFIFO(os.fstat(reading).st_mode)
        (upload,) = as_uploads(pipe, stack)
        assert upload.content.seek(0, io.SEEK_END) == 5
        assert upload.filename == "file-0"


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        contents([tmp_path / "gone.png"])


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError, match="folder"):
        contents(tmp_path)


@pytest.mark.parametrize("wrong", [3, [3], [None], io.StringIO("text"), [io.StringIO("text")]])
def test_what_is_no_file_is_told_how_to_be_one(wrong: Files) -> None:
    with pytest.raises(TypeError, match="opened in binary mode"):
        contents(wrong)
