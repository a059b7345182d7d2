"""What a library user may hand over as files."""

from __future__ import annotations

import errno
import io
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from entrypoints.files import LazyFile
from ocrcore import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import ExitStack

#: A path, or a file that was opened in binary mode.
File = str | os.PathLike[str] | BinaryIO
#: One file or several.
Files = File | Iterable[File]

#: What of a stream that cannot go back is kept in memory before it goes to disk, in bytes.
_SPOOL: Final = 1 << 20


def as_uploads(files: Files, stack: ExitStack) -> Sequence[Upload]:
    """Return the files as uploads; what had to be copied is closed with the stack.

    Raises ``FileNotFoundError``, ``IsADirectoryError`` or ``PermissionError`` for a path, ``TypeError`` for what is
    neither path nor binary file.
    """
    several = [files] if isinstance(files, str | os.PathLike) or hasattr(files, "read") else files
    if not isinstance(several, Iterable):
        raise _neither(files)
    return [_as_upload(cast("File", file), index, stack) for index, file in enumerate(several)]


def _as_upload(file: File, index: int, stack: ExitStack) -> Upload:
    if isinstance(file, str | os.PathLike):
        return _from_path(Path(file))
    if not hasattr(file, "read") or isinstance(file, io.TextIOBase):
        raise _neither(file)
    name = getattr(file, "name", None)
    filename = Path(name).name if isinstance(name, str) else f"file-{index}"
    return Upload(filename, file if file.seekable() else _copy(file, stack))


def _from_path(path: Path) -> Upload:
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "This is a folder, not a file", str(path))
    with path.open("rb"):  # so that every name is known to be good before the first file is stored
        return Upload(path.name, cast("BinaryIO", LazyFile(path)))


def _copy(file: BinaryIO, stack: ExitStack) -> BinaryIO:
    copy = stack.enter_context(tempfile.SpooledTemporaryFile(_SPOOL))  # noqa: SIM115 - the stack closes it
    shutil.copyfileobj(file, copy)
    return cast("BinaryIO", copy)


def _neither(file: object) -> TypeError:
    return TypeError(f"a file is a path, or is opened in binary mode (open(path, 'rb')), not {type(file).__name__}")
