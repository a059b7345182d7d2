"""Files that a user named, or that are in a folder that a user named."""

from __future__ import annotations

import re
import shutil
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

    Hidden files and folders are left out. A folder without documents becomes one entry with an error.
    """
    return [named for path in paths for named in _expand(path)]


def passed_over(paths: Sequence[Path]) -> list[Path]:
    """Return the files below the folders that :func:`find_files` leaves out because of their endings."""
    return [file for path in paths if path.is_dir() for file in _below(path) if not has_document_name(file)]


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
    if file.seekable():
        return file
    copy = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)
    copy.seek(0)
    return cast("BinaryIO", copy)


def _expand(path: Path) -> Iterator[NamedFile]:
    if path == STDIN:
        yield NamedFile(path, Path(_STDIN_NAME))
        return
    if not path.is_dir():
        yield NamedFile(path, Path(path.name))
        return
    found = [file for file in _below(path) if has_document_name(file)]
    if not found:
        yield NamedFile(path, Path(path.name), error="There is no picture or document in this folder.")
    for file in found:
        yield NamedFile(file, file.relative_to(path))


def _below(folder: Path) -> list[Path]:
    """Return the files below a folder, without hidden ones."""
    visible = (file for file in folder.rglob("*") if not is_hidden(file.relative_to(folder)))
    return sorted((file for file in visible if file.is_file()), key=natural_order)


def _pieces(name: str) -> Iterator[tuple[int, str]]:
    """Yield texts and numbers in turn, each with 0 or 1."""
    for index, piece in enumerate(_NUMBER.split(name)):
        yield index % 2, piece
