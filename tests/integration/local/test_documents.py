import os
import resource
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import pytest

from adapters.local.documents import FolderDocuments
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.ports.documents import DocumentMissing
from ocrcore.testing.documents import DocumentsContract
from ocrcore.testing.patience import FOREVER

NOBODY = 65534


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "objects"


@pytest.fixture
def documents(root: Path) -> FolderDocuments:
    return FolderDocuments(root, "ocr-jobs-bucket")


class TestFolderDocuments(DocumentsContract):
    @pytest.fixture
    def documents(self, root: Path) -> FolderDocuments:
        return FolderDocuments(root, "ocr-jobs-bucket")


def temporaries(root: Path) -> list[Path]:
    return list((root / ".incoming").iterdir())


def test_a_document_is_the_file_of_its_key(documents: FolderDocuments, root: Path) -> None:
    documents.put("jobs/1/a.jpg", BytesIO(b"bytes"))
    assert (root / "jobs/1/a.jpg").read_bytes() == b"bytes"
    assert temporaries(root) == []


def test_nobody_else_may_look(documents: FolderDocuments, root: Path) -> None:
    documents.put("jobs/1/a.jpg", BytesIO())
    assert stat.S_IMODE((root / "jobs/1/a.jpg").stat().st_mode) == 0o600
    for folder in (root, root / ".incoming", root / "jobs", root / "jobs/1"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_another_process_finds_the_documents(documents: FolderDocuments, root: Path) -> None:
    documents.put("jobs/1/a.jpg", BytesIO(b"bytes"))
    assert FolderDocuments(root, "ocr-jobs-bucket").get("jobs/1/a.jpg") == b"bytes"


def test_folders_that_became_empty_go_and_others_stay(documents: FolderDocuments, root: Path) -> None:
    for key in ("jobs/1/a", "jobs/2/a", "jobs/2/b"):
        documents.put(key, BytesIO())
    documents.delete(["jobs/1/a", "jobs/2/a"])
    assert sorted(path.name for path in (root / "jobs").iterdir()) == ["2"]
    documents.delete(["jobs/2/b"])
    assert [path.name for path in root.iterdir()] == [".incoming"]


def test_a_delete_that_died_half_way_is_finished_by_the_next(documents: FolderDocuments, root: Path) -> None:
    (root / "jobs/1").mkdir(parents=True)
    documents.delete(["jobs/1/a"])
    assert not (root / "jobs").exists()


@pytest.mark.parametrize("key", [".incoming", ".incoming/a"])
def test_the_folder_of_temporaries_is_no_place_for_documents(documents: FolderDocuments, key: str) -> None:
    with pytest.raises(ValueError, match="not for documents"):
        documents.put(key, BytesIO())
    assert list(documents.keys(key, 9)) == []


@pytest.mark.parametrize(("first", "second"), [("a", "a/b"), ("a/b", "a")])
def test_a_key_is_not_the_folder_of_another(documents: FolderDocuments, first: str, second: str) -> None:
    documents.put(first, BytesIO())
    with pytest.raises(ValueError, match="folder of another"):
        documents.put(second, BytesIO())
    assert list(documents.keys("", 9)) == [first]


def test_a_folder_that_is_a_link_is_not_entered(documents: FolderDocuments, root: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_bytes(b"secret")
    (root / "jobs").symlink_to(outside)
    for verb in (
        lambda: documents.get("jobs/a"),
        lambda: documents.put("jobs/b", BytesIO()),
        lambda: documents.delete(["jobs/a"]),
        lambda: documents.keys("jobs/", 9),
    ):
        with pytest.raises(ValueError, match="symbolic link"):
            verb()
    assert [path.name for path in outside.iterdir()] == ["a"]
    assert list(documents.keys("", 9)) == []


def test_a_file_that_is_a_link_is_not_read(documents: FolderDocuments, root: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").write_bytes(b"secret")
    (root / "a").symlink_to(tmp_path / "outside")
    with pytest.raises(ValueError, match="symbolic link"):
        documents.get("a")
    documents.delete(["a"])
    assert (tmp_path / "outside").read_bytes() == b"secret"


def test_files_that_no_key_names_are_not_listed(documents: FolderDocuments, root: Path) -> None:
    (root / "a\nb").touch()
    (root / "a").touch()
    assert list(documents.keys("", 9)) == ["a"]


def test_a_listing_looks_into_no_other_folder(documents: FolderDocuments, root: Path) -> None:
    documents.put("jobs/1/a", BytesIO())
    (root / "jobs/2").mkdir()
    (root / "jobs/2").chmod(0)
    assert list(documents.keys("jobs/1/", 9)) == ["jobs/1/a"]
    assert list(documents.keys("jobs/", 1)) == ["jobs/1/a"]


def test_a_store_that_went_away_is_out_of_order_and_not_empty(documents: FolderDocuments, root: Path) -> None:
    shutil.rmtree(root)
    for again in range(2):
        for verb in (
            lambda: documents.get("a"),
            lambda: documents.put("a", BytesIO()),
            lambda: documents.delete(["a"]),
            lambda: documents.keys("", 9),
            documents.check,
        ):
            with pytest.raises(StorageUnavailable):
                verb()
        root.mkdir(exist_ok=bool(again))  # as an empty mount point


def test_a_root_that_cannot_be_is_out_of_order_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for root in (tmp_path / "file", tmp_path / "file/below"):
        with pytest.raises(StorageUnavailable) as caught:
            FolderDocuments(root, "b")
        assert str(tmp_path) not in str(caught.value)


@pytest.fixture
def unprivileged_root() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        if os.geteuid() == 0:  # whom no mode keeps out
            os.chown(folder, NOBODY, -1)
            os.seteuid(NOBODY)
            yield Path(folder, "objects")
            os.seteuid(0)
        else:
            yield Path(folder, "objects")


def test_a_store_that_may_not_be_written_says_so(unprivileged_root: Path) -> None:
    documents = FolderDocuments(unprivileged_root, "b")
    documents.check()
    (unprivileged_root / ".incoming").chmod(0o500)
    with pytest.raises(StorageUnavailable, match="written"):
        documents.check()
    with pytest.raises(StorageUnavailable, match="EACCES"):
        documents.put("a", BytesIO())


def test_a_document_that_may_not_be_read_is_not_called_missing(unprivileged_root: Path) -> None:
    documents = FolderDocuments(unprivileged_root, "b")
    documents.put("a", BytesIO())
    (unprivileged_root / "a").chmod(0)
    with pytest.raises(StorageUnavailable, match="EACCES"):
        documents.get("a")


def test_a_folder_that_may_not_be_removed_is_an_error(unprivileged_root: Path) -> None:
    documents = FolderDocuments(unprivileged_root, "b")
    documents.put("jobs/a", BytesIO())
    unprivileged_root.chmod(0o500)
    with pytest.raises(StorageUnavailable, match="EACCES"):
        documents.delete(["jobs/a"])
    unprivileged_root.chmod(0o700)


@pytest.fixture
def small_files() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("small_files")
def test_a_document_that_does_not_fit_leaves_nothing(documents: FolderDocuments, root: Path) -> None:
    with pytest.raises(StorageUnavailable, match="EFBIG"):
        documents.put("jobs/1/a", BytesIO(bytes(1_000_000)))
    assert temporaries(root) == []
    with pytest.raises(DocumentMissing):
        documents.get("jobs/1/a")


DIES_HALF_WAY = """
import io, os, signal, sys
from pathlib import Path
from tempfile import TemporaryDirectory
from adapters.local.documents import FolderDocuments

class Content(io.BytesIO):
    def read(self, size=-1):
        if self.tell():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(10)

FolderDocuments(Path(sys.argv[1]), "b").put("jobs/1/a", Content(bytes(100)))
"""


def test_a_writer_that_is_killed_leaves_a_temporary_and_the_next_start_removes_it(root: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", DIES_HALF_WAY, str(root)], check=False)
    assert killed.returncode == -9
    assert len(temporaries(root)) == 1
    assert list(FolderDocuments(root, "b").keys("", 9)) == []
    assert temporaries(root) == []


class Slow(BytesIO):
    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self.begun, self.go_on = Event(), Event()

    def read(self, size: int | None = -1, /) -> bytes:
        self.begun.set()
        assert self.go_on.wait(FOREVER)
        return super().read(size)


def test_a_start_spares_the_temporary_of_a_living_writer(documents: FolderDocuments, root: Path) -> None:
    content = Slow(b"bytes")
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(documents.put, "a", content)
        assert content.begun.wait(FOREVER)
        FolderDocuments(root, "b")
        assert len(temporaries(root)) == 1
        content.go_on.set()
        writing.result(FOREVER)
    assert documents.get("a") == b"bytes"


def test_any_number_of_starts_disturbs_no_writer(documents: FolderDocuments, root: Path) -> None:
    def write(writer: int) -> None:
        for number in range(100):
            documents.put(f"{writer}/{number}", BytesIO(b"!"))

    with ThreadPoolExecutor(4) as threads:
        writing = [threads.submit(write, writer) for writer in range(3)]
        while not all(writer.done() for writer in writing):
            FolderDocuments(root, "b")
        for writer in writing:
            writer.result()
    assert len(documents.keys("", 1_000)) == 300
    assert temporaries(root) == []


def test_a_temporary_that_vanishes_is_not_mistaken_for_a_document(documents: FolderDocuments, root: Path) -> None:
    content = Slow(b"bytes")
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(documents.put, "a", content)
        assert content.begun.wait(FOREVER)
        temporaries(root)[0].unlink()
        content.go_on.set()
        with pytest.raises(StorageUnavailable):
            writing.result(FOREVER)


def test_no_descriptor_stays_open(documents: FolderDocuments) -> None:
    before = {path.name for path in Path("/proc/self/fd").iterdir()}
    documents.put("jobs/1/a", BytesIO())
    documents.get("jobs/1/a")
    documents.keys("", 1)
    for missing in ("jobs", "jobs/2/b"):
        with pytest.raises(DocumentMissing):
            documents.get(missing)
    documents.delete(["jobs/1/a"])
    assert {path.name for path in Path("/proc/self/fd").iterdir()} == before
