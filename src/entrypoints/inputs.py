"""Input of the library and the client: paths, folders, bytes, open files and pictures, turned into uploads."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final, TypeAlias, cast

from entrypoints.folders import find_files, passed_over, with_seek
from ocrcore.application.jobs.new_job import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from _typeshed import WriteableBuffer
    from PIL.Image import Image

#: Bytes, or a file that was opened in binary mode.
Content: TypeAlias = "bytes | bytearray | memoryview | BinaryIO"
#: A path of a file or a folder; a content, alone or as a pair with its name; or a picture of Pillow.
File: TypeAlias = "str | os.PathLike[str] | Content | tuple[str, Content] | Image"
#: One file or several.
Files: TypeAlias = "File | Iterable[File]"

_PAIR: Final = 2
#: Modes of Pillow that PNG keeps as they are; pictures of others are converted.
_PNG_MODES: Final = frozenset({"1", "L", "LA", "I;16", "P", "RGB", "RGBA"})


def as_uploads(files: Files, stack: ExitStack) -> Sequence[Upload]:
    """Return the files as uploads; a folder gives the documents below it, in natural order.

    A stream without seek is copied, also a pipe that has a path; the stack closes the copy. Raises
    ``FileNotFoundError``, also for a folder without documents, or ``PermissionError``, also for one that cannot be
    listed, and ``TypeError`` for anything
    except files.
    """
    found: list[Upload] = []
    for file in as_list(files):
        found += _as_uploads(file, len(found), stack)
    return found


def as_list(files: Files) -> Sequence[File]:
    """Return the files one by one, each as it was given. Raises ``TypeError`` for anything except files."""
    if _is_one(files):
        return [cast("File", files)]
    if not isinstance(files, Iterable):
        raise _wrong_type(files)
    return list(cast("Iterable[File]", files))


def left_out(files: Sequence[File]) -> Sequence[Path]:
    """Return what is in the given folders and is not taken for documents, as :func:`passed_over` does."""
    return passed_over([Path(file) for file in files if isinstance(file, str | os.PathLike)])


def _is_one(files: object) -> bool:
    one = isinstance(files, str | os.PathLike | bytes | bytearray | memoryview) or hasattr(files, "read")
    return one or _is_pair(files) or _is_picture(files)


def _is_pair(file: object) -> bool:
    """Return whether this is a name with a content, and not a tuple of two files."""
    if not isinstance(file, tuple) or len(file) != _PAIR or not isinstance(file[0], str):
        return False
    return isinstance(file[1], bytes | bytearray | memoryview) or hasattr(file[1], "read")


def _is_picture(file: object) -> bool:
    """Return whether this is a picture of Pillow, which is not imported for it: whoever has a picture has Pillow."""
    pillow = sys.modules.get("PIL.Image")
    return pillow is not None and isinstance(file, pillow.Image)


def _as_uploads(file: Any, index: int, stack: ExitStack) -> Iterator[Upload]:  # noqa: ANN401 - checked here
    if isinstance(file, str) and not file:  # as of a variable that is not set; a path of it is the present folder
        raise FileNotFoundError(errno.ENOENT, "An empty name is no file or folder", file)
    if isinstance(file, str | os.PathLike):
        yield from _from_path(Path(file), stack)
    elif _is_picture(file):
        yield Upload(_name_of(file, index, "filename"), _png(file))
    elif _is_pair(file):
        yield Upload(file[0], _content(file[1], stack))
    else:
        yield Upload(_name_of(file, index, "name"), _content(file, stack))


def _name_of(file: object, index: int, attribute: str) -> str:
    name = getattr(file, attribute, None)
    return Path(name).name if isinstance(name, str) and name else f"file-{index + 1}"


def _content(content: Any, stack: ExitStack) -> BinaryIO:  # noqa: ANN401 - checked here
    if isinstance(content, bytes | bytearray | memoryview):
        return io.BytesIO(content)
    if not hasattr(content, "read") or isinstance(content, io.TextIOBase):
        raise _wrong_type(content)
    return with_seek(content, stack)


def _png(picture: Image) -> BinaryIO:
    """Return a picture as a file, upright as its EXIF orientation says, and with its resolution."""
    from PIL.ImageOps import exif_transpose  # noqa: PLC0415 - slow, and only pictures need it

    upright = exif_transpose(picture)
    kept = upright if upright.mode in _PNG_MODES else upright.convert("I;16" if upright.mode == "I" else "RGB")
    about = {"dpi": picture.info["dpi"]} if "dpi" in picture.info else {}
    file = io.BytesIO()
    kept.save(file, "PNG", compress_level=1, **about)
    file.seek(0)
    return file


def _from_path(path: Path, stack: ExitStack) -> Iterator[Upload]:
    for named in find_files([path]):
        if named.error is not None:
            raise OSError(named.errno, named.error.removesuffix("."), str(named.path))  # of the class of its number
        with ExitStack() as opened:  # which fails before the first file is stored if any path cannot be read
            file = opened.enter_context(named.path.open("rb"))
            if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                content = cast("BinaryIO", LazyFile(named.path))
            else:  # a pipe, of which a second reader would find nothing
                content = with_seek(file, stack)
                stack.push(opened.pop_all())
        yield Upload(named.name, content)


def _wrong_type(file: object) -> TypeError:
    return TypeError(
        "a file is a path, bytes, a picture of Pillow, or opened in binary mode (open(path, 'rb')),"
        f" not {type(file).__name__}"
    )


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
