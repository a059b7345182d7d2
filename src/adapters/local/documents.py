"""The document store in a folder."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from adapters.file_source import FileSource
from adapters.local.errors import port_errors, store_errors
from adapters.local.folders import FOLDER_MODE, descend, files, is_folder, prune
from adapters.local.temporaries import sweep, temporary
from ocrcore.domain.errors import StorageUnavailable
from ocrcore.domain.keys import check_key
from ocrcore.ports.documents import Documents

#: Where documents are written before they are published: within the root, because both must be in one file system.
_INCOMING: Final = ".incoming"
#: How often a put recreates its folder after a concurrent delete removed it. Each loss needs a delete at that very
#: moment.
_TRIES: Final = 100
#: Bytes that are written to see whether there is room.
_PROBE: Final = 64 * 1024


class FolderDocuments(Documents):
    """A document is the file ``root / key``. Several processes may share the root.

    A document is written under ``.incoming``, synced, and then linked to its place, which fails if the key exists.
    Besides the keys that every store refuses, this one refuses keys under ``.incoming`` and keys that are the folder of
    another key.

    The folder ``.incoming`` also marks the root as a store. A root without it, as of a disk that is not mounted, counts
    as an unavailable store rather than an empty one. With ``make=False`` a missing store is not created and counts as
    unavailable too.
    """

    def __init__(self, root: Path, bucket: str, *, make: bool = True) -> None:
        self._path = root.absolute()
        self._bucket = bucket
        if not make:
            return
        with store_errors():
            self._path.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
            (self._path / _INCOMING).mkdir(FOLDER_MODE, exist_ok=True)
            _sync(self._path)
            _sync(self._path.parent)
            with self._folders([_INCOMING]) as (_, incoming):
                sweep(incoming)

    @property
    def bucket(self) -> str:
        """The configured name."""
        return self._bucket

    def put(self, key: str, content: BinaryIO) -> None:
        """Write, sync and link the document, and sync every folder of the path.

        All folders are synced, because another writer may have created one without having synced it yet.
        """
        self._write(key, content, _link)

    def replace(self, key: str, content: BinaryIO) -> None:
        """Do the same in place of what the key has. What was opened before stays as it was."""
        self._write(key, content, _rename)

    def open(self, key: str) -> FileSource:
        """Return the file itself."""
        names, last = _split(key)
        with port_errors(), self._folders(names) as folders:

            def opener(name: str, flags: int) -> int:
                return os.open(name, flags | os.O_NOFOLLOW, dir_fd=folders[-1])

            return FileSource(open(last, "rb", buffering=0, opener=opener))

    def keys(self, prefix: str, limit: int, *, after: str = "") -> Sequence[str]:
        """Return the first keys in order. Only folders under the prefix and after ``after`` are opened."""
        path, slash, beginning = prefix.rpartition("/")
        try:
            names = _split(path + "/-")[0] if slash else []
        except ValueError:
            return []  # no valid key has this prefix
        with port_errors(), suppress(FileNotFoundError, NotADirectoryError), self._folders(names) as folders:
            found = (key for key in files(folders[-1], path + slash, beginning, after) if _is_key(key))
            return list(islice(found, limit))
        return []

    def delete(self, keys: Iterable[str]) -> None:
        """Remove the files, and folders that become empty. Removes nothing if a key is invalid."""
        wanted = [_split(key) for key in keys]
        gone = suppress(FileNotFoundError, NotADirectoryError, IsADirectoryError)
        with port_errors():
            for names, last in wanted:
                with gone, self._folders(names) as folders:
                    with gone:
                        os.unlink(last, dir_fd=folders[-1])
                    prune(folders, names)

    def check(self) -> None:
        """Return if a document could be written, else raise ``StorageUnavailable``."""
        with port_errors(), self._folders([_INCOMING]) as (_, incoming):
            if not os.access(".", os.W_OK | os.X_OK, dir_fd=incoming, effective_ids=True):
                msg = "The store of documents may not be written to."
                raise StorageUnavailable(msg)
            with temporary(incoming) as (_, file):
                file.write(bytes(_PROBE))
                file.flush()

    def _write(self, key: str, content: BinaryIO, place: "_Place") -> None:
        names, last = _split(key)
        with port_errors(), self._folders([_INCOMING]) as (_, incoming), temporary(incoming) as (name, file):
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
            self._publish(incoming, name, names, last, place)

    def _publish(self, incoming: int, name: str, names: Sequence[str], last: str, place: "_Place") -> None:
        try:
            for _ in range(_TRIES):
                with suppress(FileNotFoundError), self._folders(names, make=True) as folders:
                    place(incoming, name, folders[-1], last)
                    for folder in reversed(folders):
                        os.fsync(folder)
                    return
        except (NotADirectoryError, IsADirectoryError) as error:
            msg = "a key cannot be the folder of another one"
            raise ValueError(msg) from error
        msg = "The store of documents lost what was written."
        raise StorageUnavailable(msg)

    @contextmanager
    def _folders(self, names: Sequence[str], *, make: bool = False) -> Iterator[Sequence[int]]:
        with store_errors():
            root = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            if not is_folder(root, _INCOMING):
                msg = "The store of documents is not there."
                raise StorageUnavailable(msg)
            with descend(root, names, make=make) as folders:
                yield folders
        finally:
            os.close(root)


def _split(key: str) -> tuple[list[str], str]:
    check_key(key)
    *names, last = key.split("/")
    if (names or [last])[0] == _INCOMING:
        msg = "this folder is not for documents"
        raise ValueError(msg)
    return names, last


def _is_key(path: str) -> bool:
    try:
        _split(path)
    except ValueError:
        return False
    return True


#: Gives the file ``name`` in one folder its place in another.
_Place = Callable[[int, str, int, str], None]


def _rename(source: int, name: str, target: int, last: str) -> None:
    os.rename(name, last, src_dir_fd=source, dst_dir_fd=target)


def _link(source: int, name: str, target: int, last: str) -> None:
    try:
        os.link(name, last, src_dir_fd=source, dst_dir_fd=target, follow_symlinks=False)
    except FileExistsError:
        if is_folder(target, last):
            raise IsADirectoryError from None
        raise


def _sync(path: Path) -> None:
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
