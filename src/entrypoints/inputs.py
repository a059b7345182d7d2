"""Input files: paths, folders and open files, turned into uploads."""

from __future__ import annotations

import errno
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from ocrcore import Upload
from ocrcore.domain.media import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import WriteableBuffer

#: A path, or a file that was opened in binary mode.
File = str | os.PathLike[str] | BinaryIO
#: One file or several.
Files = File | Iterable[File]

#: The path that means the standard input.
STDIN: Final = Path("-")
_STDIN_NAME: Final = "stdin"
#: Bytes of a stream without seek that are kept in memory; a longer copy goes to disk.
_SPOOL: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file that the user named, or that was found in a folder that the user named."""

    path: Path
    #: The path relative to the named folder; for a file that was named itself, its name.
    relative: Path
    #: Why there is nothing to read, as a sentence, or None.
    error: str | None = None

    @property
    def name(self) -> str:
        """The name of the upload."""
        return _STDIN_NAME if self.path == STDIN else self.path.name

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Yield its content, with seek: a pipe is copied. Raises ``OSError``."""
        with ExitStack() as stack:
            file = sys.stdin.buffer if self.path == STDIN else stack.enter_context(self.path.open("rb"))
            yield file if file.seekable() else _copy(file, stack)


def find_files(paths: Sequence[Path]) -> list[NamedFile]:
    """Return the files in the given order, each folder replaced by the documents below it, sorted by path.

    A folder without documents becomes one entry with an error.
    """
    return [named for path in paths for named in _expand(path)]


def _expand(path: Path) -> Iterator[NamedFile]:
    if path == STDIN:
        yield NamedFile(path, Path(_STDIN_NAME))
        return
    if not path.is_dir():
        yield NamedFile(path, Path(path.name))
        return
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not found:
        yield NamedFile(path, Path(path.name), error="There is no picture in this folder.")
    for file in found:
        yield NamedFile(file, file.relative_to(path))


def as_uploads(files: Files, stack: ExitStack) -> Sequence[Upload]:
    """Return the files as uploads. A stream without seek is copied; the stack closes the copy.

    Raises ``FileNotFoundError``, ``IsADirectoryError`` or ``PermissionError`` for a path, and ``TypeError`` for
    anything except paths and binary files.
    """
    several = [files] if isinstance(files, str | os.PathLike) or hasattr(files, "read") else files
    if not isinstance(several, Iterable):
        raise _wrong_type(files)
    return [_as_upload(cast("File", file), index, stack) for index, file in enumerate(several)]


def _as_upload(file: File, index: int, stack: ExitStack) -> Upload:
    if isinstance(file, str | os.PathLike):
        return _from_path(Path(file))
    if not hasattr(file, "read") or isinstance(file, io.TextIOBase):
        raise _wrong_type(file)
    name = getattr(file, "name", None)
    filename = Path(name).name if isinstance(name, str) else f"file-{index}"
    return Upload(filename, file if file.seekable() else _copy(file, stack))


def _from_path(path: Path) -> Upload:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "This is a folder, not a file", str(path))
    with path.open("rb"):  # fails before the first file is stored if any path cannot be read
        return Upload(path.name, cast("BinaryIO", LazyFile(path)))


def _copy(file: BinaryIO, stack: ExitStack) -> BinaryIO:
    copy = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return cast("BinaryIO", copy)


def _wrong_type(file: object) -> TypeError:
    return TypeError(f"a file is a path, or is opened in binary mode (open(path, 'rb')), not {type(file).__name__}")


class LazyFile(io.RawIOBase):
    """A file that is open only during each read, so a job may have more files than a process may have descriptors."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._position = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read into the buffer and return how many bytes; fewer than it holds at the end of the file."""
        with self._path.open("rb") as file:
            file.seek(self._position)
            read = file.readinto(memoryview(buffer))
        self._position += read
        return read

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move the position and return it. The end is that of the file now, which may have grown."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: 0}[whence]
        if whence == io.SEEK_END:
            start = self._path.stat().st_size
        self._position = max(0, start + offset)
        return self._position
