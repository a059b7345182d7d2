"""Files that a user named, or that are in a folder that a user named."""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, cast

from ocrcore.domain.media import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import PurePath

#: The path that means the standard input.
STDIN: Final = Path("-")
_STDIN_NAME: Final = "stdin"
#: What the names of hidden files begin with, and those of files that a program is still writing.
_HIDDEN: Final = (".", "~")
_NUMBER: Final = re.compile(r"(\d+)")
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
    #: The number of that error.
    errno: int = errno.ENOENT

    @property
    def name(self) -> str:
        """The name of the upload."""
        return _STDIN_NAME if self.path == STDIN else self.path.name

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """Yield its content, with seek: a pipe is copied. Raises ``OSError``."""
        with ExitStack() as stack:
            file = sys.stdin.buffer if self.path == STDIN else stack.enter_context(self.path.open("rb"))
            yield with_seek(file, stack)


def find_files(paths: Sequence[Path]) -> list[NamedFile]:
    """Return the files in the given order, each folder replaced by the documents below it, in natural order.

    Hidden files and folders are left out. A folder without documents becomes one entry with an error, and so does one
    that cannot be listed, wherever it is; a document that cannot be opened is an entry as others are.
    """
    return [named for path in paths for named in _expand(path)]


def passed_over(paths: Sequence[Path]) -> list[Path]:
    """Return what :func:`find_files` leaves out of the folders, except what is hidden.

    Files, because of their endings; links to folders, which may lead to a folder above them; and what is no file.
    """
    return [found.path for path in paths if _is_folder(path) for found in _below(path) if found.is_passed_over]


def has_document_name(path: PurePath) -> bool:
    """Return whether a file of this name is taken for a document when a folder is searched."""
    return path.suffix.lower() in SUFFIXES


def is_hidden(relative: PurePath) -> bool:
    """Return whether a path below a folder leads through a name that is hidden, or that of a temporary file."""
    return any(part.startswith(_HIDDEN) for part in relative.parts)


def natural_order(path: PurePath) -> Any:  # noqa: ANN401 - lists that compare
    """Return the key by which paths sort with their numbers in order, as ``2.png`` before ``10.png``."""
    return [[[(int(piece) if odd else piece.casefold()) for odd, piece in _pieces(part)] for part in path.parts], path]


def with_seek(file: BinaryIO, stack: ExitStack) -> BinaryIO:
    """Return the file, or a copy of a stream without seek, which the stack closes."""
    is_seekable = getattr(file, "seekable", None)  # some that are called files can only be read
    if is_seekable is not None and is_seekable():
        return file
    copy = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return cast("BinaryIO", copy)


def _expand(path: Path) -> Iterator[NamedFile]:
    if path == STDIN:
        yield NamedFile(path, Path(_STDIN_NAME))
        return
    if not _is_folder(path):
        yield NamedFile(path, Path(path.name))
        return
    found = [one for one in _below(path) if not one.is_passed_over]
    if not found:
        yield NamedFile(path, Path(path.name), error="There is no picture or document in this folder.")
    for one in found:
        relative = one.path.relative_to(path) if one.path != path else Path(path.name)
        if one.unlisted is None:
            yield NamedFile(one.path, relative)
        else:
            reason = f"The folder cannot be listed: {one.unlisted.strerror}."
            yield NamedFile(one.path, relative, reason, one.unlisted.errno or errno.EACCES)


@dataclass(frozen=True, slots=True)
class _Found:
    """A file or link below a folder, or a folder that cannot be listed."""

    path: Path
    is_passed_over: bool = False
    unlisted: OSError | None = None


def _below(folder: Path) -> list[_Found]:
    """Return what is in a folder and the folders below it, without what is hidden, in natural order."""
    found: list[_Found] = []

    def unlisted(error: OSError) -> None:
        found.append(_Found(Path(error.filename), unlisted=error))

    for place, folders, names in os.walk(folder, onerror=unlisted):
        folders[:] = [name for name in folders if not is_hidden(Path(name))]
        here = Path(place)
        found += [_Found(here / name, is_passed_over=True) for name in folders if _is_link(here / name)]
        found += [
            _Found(here / name, is_passed_over=not (has_document_name(Path(name)) and _may_be_file(here / name)))
            for name in names
            if not is_hidden(Path(name))
        ]
    return sorted(found, key=lambda one: natural_order(one.path))


def _is_folder(path: Path) -> bool:
    return os.path.isdir(path)  # noqa: PTH112 - it is False where Path.is_dir raises: who opens it is told why


def _is_link(path: Path) -> bool:
    return os.path.islink(path)  # noqa: PTH114 - the same


def _may_be_file(path: Path) -> bool:
    """Return whether something is a file, or cannot be looked at: a link to nothing, or in a folder that is closed."""
    try:
        return stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return True


def _pieces(name: str) -> Iterator[tuple[int, str]]:
    """Yield texts and numbers in turn, each with 0 or 1."""
    for index, piece in enumerate(_NUMBER.split(name)):
        yield index % 2, piece
