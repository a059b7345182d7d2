"""The folder that is watched: which of its files are whole.

A file that a scanner or a copy is still writing must not be read. It is whole when its size and its time have not
changed for a while. A file that had a temporary or hidden name before, and has not changed since, was renamed into
place, by which its writer says that it is whole.
"""

import os
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from entrypoints.folders import has_document_name, is_hidden, natural_order


@dataclass(frozen=True, slots=True)
class Stamp:
    """Size and time of a file; both stay the same while nobody writes to it."""

    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "Stamp":
        """Return the stamp of a status."""
        return cls(status.st_size, status.st_mtime_ns)


@dataclass(frozen=True, slots=True)
class WholeFile:
    """A file that nobody seems to write to any more."""

    path: Path
    #: The path below the watched folder.
    relative: Path
    stamp: Stamp


class WatchedFolder:
    """The regular files below a folder; links, hidden names and the folder ``without`` are left out."""

    def __init__(
        self, root: Path, without: Path, *, settle: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._root, self._without, self._settle, self._clock = root, without, settle, clock
        #: Path -> its stamp, and since when it has it.
        self._since: dict[Path, tuple[Stamp, float]] = {}
        #: Device and number of a file with a temporary name -> its stamp.
        self._temporary: dict[tuple[int, int], Stamp] = {}

    @property
    def is_there(self) -> bool:
        """Whether the folder can be listed."""
        return os.access(self._root, os.R_OK | os.X_OK) and self._root.is_dir()

    def look(self) -> list[WholeFile]:
        """Return the documents that are whole, in natural order."""
        now, since, temporary = self._clock(), dict[Path, tuple[Stamp, float]](), dict[tuple[int, int], Stamp]()
        whole: list[WholeFile] = []
        for path, status in self._files():
            relative, stamp = path.relative_to(self._root), Stamp.of(status)
            if is_hidden(relative) or not has_document_name(relative):
                temporary[status.st_dev, status.st_ino] = stamp
                continue
            seen = self._since.get(relative)
            if seen is not None and seen[0] == stamp:
                begun = seen[1]
            elif self._temporary.get((status.st_dev, status.st_ino)) == stamp:
                begun = now - self._settle  # it was renamed into place
            else:
                begun = now
            since[relative] = stamp, begun
            if now - begun >= self._settle:
                whole.append(WholeFile(path, relative, stamp))
        self._since, self._temporary = since, temporary
        return sorted(whole, key=lambda file: natural_order(file.relative))

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for place, folders, names in os.walk(self._root):
            here = Path(place)
            folders[:] = [name for name in folders if not is_hidden(Path(name)) and here / name != self._without]
            for name in names:
                try:
                    status = (here / name).lstat()
                except OSError:  # it was removed or renamed since it was listed
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield here / name, status
