import io
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from entrypoints.inputs import LazyFile, NamedFile, find_files


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
    assert named == NamedFile(tmp_path, Path(tmp_path.name), "There is no picture in this folder.")


def test_what_is_named_first_comes_first(tmp_path: Path) -> None:
    plant(tmp_path, "z/1.png", "a.png")
    named = find_files([tmp_path / "z", tmp_path / "a.png"])
    assert [one.path.name for one in named] == ["1.png", "a.png"]


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
