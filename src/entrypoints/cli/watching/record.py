"""The record of the files that were read: a line of JSON for each, in a file beside the folder of the results.

A line is appended when the result of its file is in place. A line that was cut, as by a kill, is removed at the next
start, and its file is read again. While a process has the record open, no other can open it.
"""

import errno
import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Self

from entrypoints.cli.watching.folder import Stamp
from ocrcore.domain.errors import OcrError


class AlreadyWatched(OcrError):
    """Another process writes into the same folder of results."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as it was when it was read."""

    #: Below the watched folder.
    path: str
    sha256: str
    size: int
    mtime_ns: int
    #: Why it could not be read, or None.
    code: str | None = None

    @property
    def stamp(self) -> Stamp:
        """Its size and time."""
        return Stamp(self.size, self.mtime_ns)


def record_of(out: Path) -> Path:
    """Return the file of the record of a folder of results."""
    return out.with_name(f"{out.name}.watch.jsonl")


class Record:
    """The files that were read. Made by :meth:`open`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._entries = {entry.path: entry for entry in _entries(self._whole_lines())}

    @classmethod
    @contextmanager
    def open(cls, out: Path) -> Iterator[Self]:
        """Yield the record of a folder of results. Raises ``AlreadyWatched`` and ``OSError``."""
        descriptor = os.open(record_of(out), os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                msg = f"Another ocrcore watch writes into {out}; stop it first, or name another folder with -o."
                raise AlreadyWatched(msg) from error
            yield cls(descriptor)
        finally:
            os.close(descriptor)

    def find(self, path: str) -> Entry | None:
        """Return the latest entry of a file, or None."""
        return self._entries.get(path)

    def add(self, entry: Entry) -> None:
        """Add an entry, in place of an earlier one of the same file. Raises ``OSError``, and then adds nothing."""
        line = f"{json.dumps(asdict(entry))}\n".encode()
        end = os.fstat(self._descriptor).st_size
        try:
            _write_all(self._descriptor, line)
        except BaseException:
            os.ftruncate(self._descriptor, end)
            raise
        self._entries[entry.path] = entry

    def _whole_lines(self) -> list[bytes]:
        """Return the lines, and cut off what follows the last whole one."""
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            content = file.read()
        end = content.rfind(b"\n") + 1
        os.ftruncate(self._descriptor, end)
        return content[:end].splitlines()


def _write_all(descriptor: int, line: bytes) -> None:
    if os.write(descriptor, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(descriptor)


def _entries(lines: list[bytes]) -> Iterator[Entry]:
    """Yield the entries of the lines that are entries: a file whose line is damaged is read again.

    Keys of a newer release are ignored.
    """
    keys = [field.name for field in fields(Entry)]
    for line in lines:
        try:
            values = json.loads(line)
            yield Entry(**{key: values[key] for key in keys if key in values})
        except (ValueError, TypeError):
            continue
