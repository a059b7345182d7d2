import os
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from adapters.local.documents import FolderDocuments
from adapters.local.uploads import FolderUploads

CONTENT = b"a document"
KEY, UPLOAD = "jobs/1/2.png", "uploads/1/0"

Verb = Callable[[FolderUploads, FolderDocuments], None]


@dataclass
class Disk:
    """The calls that make something durable, by what they were about, as device and inode; the calls are made."""

    #: Each sync, with the size of the file at that moment, and each new name of a file.
    calls: list[tuple[str, tuple[int, int], int]] = field(default_factory=list)

    def synced(self, descriptor: int) -> None:
        FSYNC(descriptor)
        self._note("sync", os.fstat(descriptor))

    def linked(self, name: str, last: str, **folders: Any) -> None:  # noqa: ANN401 - the call's
        self._note("name", os.stat(name, dir_fd=folders["src_dir_fd"]))
        LINK(name, last, **folders)

    def renamed(self, name: str, last: str, **folders: Any) -> None:  # noqa: ANN401 - the call's
        self._note("name", os.stat(name, dir_fd=folders["src_dir_fd"]))
        RENAME(name, last, **folders)

    def _note(self, call: str, about: os.stat_result) -> None:
        self.calls.append((call, identity(about), about.st_size))


FSYNC, LINK, RENAME = os.fsync, os.link, os.rename


def identity(about: os.stat_result) -> tuple[int, int]:
    return about.st_dev, about.st_ino


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    watched = Disk()
    for name, call in (("fsync", watched.synced), ("link", watched.linked), ("rename", watched.renamed)):
        monkeypatch.setattr(os, name, call)
    return watched


def _copy(uploads: FolderUploads, _: FolderDocuments) -> None:
    uploads.copy(UPLOAD, uploads.stat(UPLOAD).version, KEY)


@pytest.mark.parametrize("is_new", [True, False], ids=["new-folders", "folders-of-others"])
@pytest.mark.parametrize(
    ("key", "verb"),
    [
        (KEY, lambda _, documents: documents.put(KEY, BytesIO(CONTENT))),
        (KEY, _copy),
        (UPLOAD, lambda uploads, _: uploads.store(UPLOAD, BytesIO(CONTENT))),
    ],
    ids=["put", "copy", "store"],
)
def test_what_is_stored_is_synced_then_named_and_then_every_folder_of_it(
    disk: Disk, tmp_path: Path, key: str, verb: Verb, *, is_new: bool
) -> None:
    root = tmp_path / "documents"
    documents = FolderDocuments(root, "ocr-jobs-bucket")
    uploads = FolderUploads(documents, lambda: b"secret")
    uploads.store(UPLOAD, BytesIO(CONTENT))
    if not is_new:  # who made them may have died before their sync
        (root / key).parent.mkdir(parents=True, exist_ok=True)
    disk.calls.clear()
    verb(uploads, documents)
    stored = (root / key).stat()
    file = identity(stored)
    assert disk.calls[:2] == [("sync", file, len(CONTENT)), ("name", file, len(CONTENT))]
    folders = {identity(folder.stat()) for folder in (root / key).parents if folder.is_relative_to(root)}
    assert [call for call, _, _ in disk.calls[2:]] == ["sync"] * len(folders)
    assert {about for _, about, _ in disk.calls[2:]} == folders


def test_a_new_store_is_synced_with_its_folder(disk: Disk, tmp_path: Path) -> None:
    root = tmp_path / "documents"
    FolderDocuments(root, "ocr-jobs-bucket")
    assert {about for call, about, _ in disk.calls} == {identity(root.stat()), identity(tmp_path.stat())}
