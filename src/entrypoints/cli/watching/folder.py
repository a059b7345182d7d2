"""The folder that is watched: which of its files are whole, which are never read, and which are gone.

A file that a scanner or a copy is still writing must not be read. It is whole when its size and its time have not
changed for a while. A file that had a temporary or hidden name before, and has not changed since, was renamed into
place, by which its writer says that it is whole.
"""

import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from entrypoints.folders import has_document_name, is_hidden, natural_order

_OTHER_NAME: Final = "Its name does not end as that of a picture or document does"
_LINK: Final = "It is a link; put the file itself here"
_NO_FILE: Final = "It is not a file"


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


@dataclass(frozen=True, slots=True)
class PassedOver:
    """A file or folder that is never read as it is."""

    #: The path below the watched folder.
    relative: Path
    #: Why, without a full stop.
    reason: str


@dataclass(frozen=True, slots=True)
class _Seen:
    """A document at the last look."""

    stamp: Stamp
    #: Device and number, which stay the same when it is renamed.
    identity: tuple[int, int]
    #: Since when it has the stamp.
    since: float


@dataclass(frozen=True, slots=True)
class _Other:
    """What is passed over, at the last look."""

    reason: str
    #: Of a regular file.
    stamp: Stamp | None
    #: Since when it is so.
    since: float


class WatchedFolder:
    """The regular files below a folder; links, hidden names and the paths ``without`` are left out."""

    def __init__(self, root: Path, *without: Path, settle: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._root, self._without, self._settle, self._clock = root, without, settle, clock
        self._documents: dict[Path, _Seen] = {}
        #: Device and number of a file with a temporary name -> its stamp.
        self._temporary: dict[tuple[int, int], Stamp] = {}
        #: Path -> why it is never read.
        self._others: dict[Path, _Other] = {}
        #: The files and folders that the last look passed over, in natural order. Hidden ones are not among them, and
        #: others only when they have been there as long as a file has to settle: they may be on their way to a name.
        self.passed_over: list[PassedOver] = []
        #: The documents of the look before the last one that are gone, and not under another name.
        self.gone: list[WholeFile] = []

    @property
    def is_there(self) -> bool:
        """Whether the folder can be listed."""
        return os.access(self._root, os.R_OK | os.X_OK) and self._root.is_dir()

    def look(self) -> list[WholeFile]:
        """Return the documents that are whole, in natural order."""
        now = self._clock()
        documents, temporary = dict[Path, _Seen](), dict[tuple[int, int], Stamp]()
        others: dict[Path, _Other] = {}

        def pass_over(relative: Path, reason: str, stamp: Stamp | None = None) -> None:
            if not is_hidden(relative):
                before = self._others.get(relative)
                since = now
                if before is not None and before.reason == reason:
                    is_known = now - before.since >= self._settle
                    since = before.since if is_known or before.stamp == stamp else now
                others[relative] = _Other(reason, stamp, since)

        for relative, status in self._entries(pass_over):
            stamp, identity = Stamp.of(status), (status.st_dev, status.st_ino)
            if is_hidden(relative) or not has_document_name(relative):
                temporary[identity] = stamp
                pass_over(relative, _OTHER_NAME, stamp)
                continue
            seen = self._documents.get(relative)
            if seen is not None and seen.stamp == stamp:
                since = seen.since
            elif self._temporary.get(identity) == stamp:
                since = now - self._settle  # it was renamed into place
            else:
                since = now
            documents[relative] = _Seen(stamp, identity, since)
        self.gone = self._gone(documents, temporary, others)
        self._documents, self._temporary, self._others = documents, temporary, others
        over = [PassedOver(path, other.reason) for path, other in others.items() if now - other.since >= self._settle]
        self.passed_over = sorted(over, key=lambda one: natural_order(one.relative))
        whole = (self._file(path, seen) for path, seen in documents.items() if now - seen.since >= self._settle)
        return sorted(whole, key=lambda file: natural_order(file.relative))

    def _file(self, relative: Path, seen: _Seen) -> WholeFile:
        return WholeFile(self._root / relative, relative, seen.stamp)

    def _gone(
        self, documents: Mapping[Path, _Seen], temporary: Collection[tuple[int, int]], others: Collection[Path]
    ) -> list[WholeFile]:
        """Return the documents that are gone; none of a folder that is away, as a share that is not mounted."""
        if not self.is_there:
            return []
        there = {seen.identity for seen in documents.values()} | set(temporary)
        return [
            self._file(path, seen)
            for path, seen in self._documents.items()
            if path not in documents and seen.identity not in there and not self._is_away(path, seen, others)
        ]

    def _is_away(self, path: Path, seen: _Seen, others: Collection[Path]) -> bool:
        """Return whether a folder above a file could not be listed, or is of another file system than the file was."""
        if any(parent in others for parent in path.parents):
            return True
        for parent in path.parents:
            with suppress(FileNotFoundError):
                return (self._root / parent).stat().st_dev != seen.identity[0]
        return False

    def _entries(self, pass_over: Callable[[Path, str], None]) -> Iterator[tuple[Path, os.stat_result]]:
        """Yield the regular files, and pass over what is below no folder that can be listed."""

        def unlisted(error: OSError) -> None:
            place = Path(error.filename)
            if place != self._root and not isinstance(error, FileNotFoundError):
                pass_over(place.relative_to(self._root), f"It cannot be listed: {error.strerror}")

        for place, folders, names in os.walk(self._root, onerror=unlisted):
            here = Path(place)
            folders[:] = [name for name in folders if not is_hidden(Path(name)) and here / name not in self._without]
            for name in [*names, *folders]:  # links to folders are among these
                relative = (here / name).relative_to(self._root)
                try:
                    status = (here / name).lstat()
                except FileNotFoundError:  # it was removed or renamed since it was listed
                    continue
                except OSError as error:  # as of a path that is too long
                    pass_over(relative, f"It cannot be read: {error.strerror}")
                    continue
                if stat.S_ISREG(status.st_mode):
                    if here / name not in self._without:
                        yield relative, status
                elif not stat.S_ISDIR(status.st_mode):
                    pass_over(relative, _LINK if stat.S_ISLNK(status.st_mode) else _NO_FILE)
