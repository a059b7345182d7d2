import io
import os
import stat
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

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
    assert contents([io.BytesIO(b"first"), page]) == [("file-1", b"first"), ("page.png", b"pixels")]


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
        assert upload.filename == "file-1"


def test_a_path_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"gone\.png"):
        contents([tmp_path / "gone.png"])


def test_a_folder_is_its_documents_in_natural_order(tmp_path: Path, page: Path) -> None:
    for name in ("10.png", "2.png", "notes.txt"):
        (tmp_path / name).write_bytes(name.encode())
    assert contents(tmp_path) == [("2.png", b"2.png"), ("10.png", b"10.png"), ("page.png", b"pixels")]
    assert contents([page, str(tmp_path)])[0] == ("page.png", b"pixels")


def test_a_folder_without_documents_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no picture or document"):
        contents(tmp_path)


def test_bytes_are_a_file() -> None:
    assert contents(b"pixels") == contents([bytearray(b"pixels")]) == [("file-1", b"pixels")]


def test_a_content_may_come_with_its_name(page: Path) -> None:
    assert contents(("a.png", b"first")) == [("a.png", b"first")]
    assert contents([("a.png", b"first"), ("b.png", io.BytesIO(b"second")), page]) == [
        ("a.png", b"first"),
        ("b.png", b"second"),
        ("page.png", b"pixels"),
    ]


def test_two_paths_are_no_name_with_a_content(page: Path) -> None:
    assert contents((str(page), str(page))) == [("page.png", b"pixels")] * 2


def test_a_picture_keeps_its_pixels_and_its_resolution(tmp_path: Path) -> None:
    picture = Image.effect_noise((40, 30), 80)
    picture.save(tmp_path / "scan.png", dpi=(200, 200))
    with Image.open(tmp_path / "scan.png") as opened:
        ((name, content),) = contents(opened)
    with Image.open(io.BytesIO(content)) as sent:
        assert (name, sent.format, round(sent.info["dpi"][0])) == ("scan.png", "PNG", 200)
        assert sent.tobytes() == picture.tobytes()
    assert contents(picture)[0][0] == "file-1"


def test_a_picture_is_sent_upright(tmp_path: Path) -> None:
    turned = Image.new("RGB", (40, 30), "white")
    orientation = turned.getexif()
    orientation[0x0112] = 6
    turned.save(tmp_path / "phone.jpg", exif=orientation)
    with Image.open(tmp_path / "phone.jpg") as opened:
        ((_, content),) = contents(opened)
    with Image.open(io.BytesIO(content)) as sent:
        assert sent.size == (30, 40)
        assert 0x0112 not in sent.getexif()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "I", "CMYK", "YCbCr", "HSV", "F"])
def test_a_picture_of_every_mode_is_a_file(mode: str) -> None:
    ((_, content),) = contents([Image.new(mode, (4, 3))])
    with Image.open(io.BytesIO(content)) as sent:
        assert sent.size == (4, 3)


@pytest.mark.parametrize("wrong", [3, [3], [None], io.StringIO("text"), [io.StringIO("text")]])
def test_what_is_no_file_is_told_how_to_be_one(wrong: Files) -> None:
    with pytest.raises(TypeError, match="opened in binary mode"):
        contents(wrong)
