"""Files that users name: the pictures of a folder, and files that are open only while they are read."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

#: What pictures are called; what they are is decided by their bytes.
SUFFIXES: Final = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".gif", ".bmp"})


@dataclass(frozen=True, slots=True)
class Named:
    """A file that was named, or found in a folder that was; or, with ``fault``, why there is nothing to read."""

    path: Path
    #: The way to it from the folder that was named; of a file that was named itself, its name.
    relative: Path
    fault: str | None = None


def find_pictures(paths: Sequence[Path]) -> list[Named]:
    """Return the files in their order, each folder replaced by the pictures below it, sorted by path."""
    return [named for path in paths for named in _expand(path)]


def _expand(path: Path) -> Iterator[Named]:
    if not path.is_dir():
        yield Named(path, Path(path.name))
        return
    found = sorted(file for file in path.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file())
    if not found:
        yield Named(path, Path(path.name), fault="There is no picture in this folder.")
    for file in found:
        yield Named(file, file.relative_to(path))


class LazyFile(io.RawIOBase):
    """A file that is open only while a piece of it is read, so a job may have more files than a process descriptors."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._position = 0

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that it can be read from any place."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill the buffer, but for the end of the file."""
        with self._path.open("rb") as file:
            file.seek(self._position)
            read = file.readinto(memoryview(buffer))
        self._position += read
        return read

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move; the end is where it is now."""
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: 0}[whence]
        if whence == io.SEEK_END:
            start = self._path.stat().st_size
        self._position = max(0, start + offset)
        return self._position
