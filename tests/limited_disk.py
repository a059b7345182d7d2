"""A file system of a limited size, which only root may mount."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

#: The bytes of which the file system gives room.
_PAGE: Final = 4096


@dataclass(frozen=True)
class LimitedDisk:
    """A mounted file system in memory."""

    folder: Path

    def remount(self, *options: str) -> None:
        """Change its size (``size=4k``), or whether it may be written (``ro``, ``rw``)."""
        assert _mount(self.folder, "remount", *options) == 0

    def fill(self) -> None:
        """Take all the room that is left; a second call takes what was given back since the first."""
        with self._ballast.open("ab", buffering=0) as file, suppress(OSError):
            while file.write(bytes(_PAGE)):
                pass

    def empty(self) -> None:
        """Give back what :meth:`fill` took."""
        self._ballast.unlink()

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextmanager
def limited_disk(folder: Path) -> Iterator[LimitedDisk]:
    """Mount 8 MiB on a new folder. Skips the test if that is not allowed."""
    folder.mkdir()
    if os.geteuid() != 0 or _mount(folder, "size=8m") != 0:
        pytest.skip("only root may mount a file system of limited size")
    try:
        yield LimitedDisk(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _mount(folder: Path, *options: str) -> int:
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode
