"""Temporary folders for the files of children. Those of dead owners are swept."""

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

_PREFIX: Final = "ocrcore-pages-"
#: The file that marks a folder as a workspace, because the name alone proves nothing.
_MARK: Final = ".ocrcore-workspace"
_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW


class Workspace:
    """A folder of its own under ``root``, mode 0700, removed by :meth:`close`.

    The owner holds a lock on it, which the operating system releases when the owner dies, however that happens.
    Creating a workspace removes those whose lock is free.
    """

    def __init__(self, root: Path) -> None:
        _sweep(root)
        self.path, self._lock = _locked(root)

    def folder(self) -> Path:
        """Create a folder in it, mode 0700, and return the path."""
        return Path(tempfile.mkdtemp(dir=self.path))

    def close(self) -> None:
        """Remove everything. A second call has no effect."""
        if self._lock >= 0:
            _remove(self.path)
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _locked(root: Path) -> tuple[Path, int]:
    while True:
        path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=root))
        with suppress(FileNotFoundError):  # a sweep removed it between creation and lock
            lock = os.open(path, _FOLDER)
            fcntl.flock(lock, fcntl.LOCK_EX)
            if path.exists():
                (path / _MARK).touch(mode=0o600)
                return path, lock
            os.close(lock)


def _remove(path: Path) -> None:
    """Remove a workspace, the mark last: where something cannot be removed, a later sweep finds what is left."""
    with suppress(FileNotFoundError):
        for entry in path.iterdir():
            if entry.name != _MARK:
                shutil.rmtree(entry, ignore_errors=True)
        (path / _MARK).unlink(missing_ok=True)
        try:
            path.rmdir()
        except OSError:
            (path / _MARK).touch(mode=0o600)


def _sweep(root: Path) -> None:
    for path in root.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # in use, owned by another user, or gone
            lock = os.open(path, _FOLDER)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if (path / _MARK).is_file() and os.fstat(lock).st_uid == os.geteuid():
                    _remove(path)
            finally:
                os.close(lock)
