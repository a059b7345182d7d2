"""What became of the files of a command: the last line of ``ocrcore ocr``, and which files were passed over."""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

#: Files that are named; the others are counted.
_NAMED: Final = 3


class Summary:
    """Counts what became of the files of a command."""

    def __init__(self, files: int, passed_over: Sequence[Path]) -> None:
        self._files, self._passed_over, self._begun = files, passed_over, time.monotonic()
        self._pages = self._failed = 0
        #: How many errors there were, of files and of pages.
        self.errors = 0

    def add(self, pages: int, errors: Sequence[str]) -> None:
        """Count a file, of which so many pages were read."""
        self._pages += pages
        self._failed += bool(errors)
        self.errors += len(errors)

    @property
    def line(self) -> str:
        """``11 of 12 files read, 40 pages, in 7.5 s; 1 passed over: notes.docx``."""
        seconds = time.monotonic() - self._begun
        read = f"{self._files - self._failed} of {_counted(self._files, 'file')} read"
        return f"{read}, {_counted(self._pages, 'page')}, in {seconds:.1f} s{self._others()}"

    def _others(self) -> str:
        return f"; {len(self._passed_over)} {_over(self._passed_over)}" if self._passed_over else ""


def passed_over_line(files: Sequence[Path]) -> str:
    """Return ``2 files passed over: notes.docx, a.xlsx``; at least one file."""
    return f"{_counted(len(files), 'file')} {_over(files)}"


def _over(files: Sequence[Path]) -> str:
    names = ", ".join(map(_named, files[:_NAMED]))
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return f"passed over: {names}{more}"


def _named(file: Path) -> str:
    is_linked = os.path.islink(file) and os.path.isdir(file)  # noqa: PTH112, PTH114 - these raise nothing
    return "".join(filter(str.isprintable, file.name)) + (" (a linked folder)" if is_linked else "")


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
