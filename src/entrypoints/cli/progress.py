"""A progress bar on a terminal."""

import shutil
import sys
import time
from typing import Final, TextIO

#: Seconds between two updates of the line.
_PERIOD: Final = 0.1
_WIDTH: Final = 24
#: Return to the beginning of the line, and erase it.
_ERASE: Final = "\r\x1b[2K"


class Progress:
    """A line on ``stream`` (default: stderr) that is redrawn in place. Writes nothing unless it is a terminal."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        #: Whether anything is written.
        self.is_live = not quiet and self._stream.isatty()
        self._drawn_at = float("-inf")
        self._visible = False

    def show(self, part: float, words: str) -> None:
        """Draw a bar of which ``part`` (0 to 1) is full, and the words. Skipped if the last update was just before."""
        now = time.monotonic()
        if not self.is_live or (now - self._drawn_at < _PERIOD and part < 1):
            return
        self._drawn_at, self._visible = now, True
        line = f"{bar(part)} {words}"
        self._stream.write(_ERASE + line[: shutil.get_terminal_size().columns - 1])
        self._stream.flush()

    def clear(self) -> None:
        """Erase the line, so that something else can be written in its place."""
        if self._visible:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._drawn_at, self._visible = float("-inf"), False


def bar(part: float) -> str:
    """Return a bar of which ``part`` (0 to 1) is full, and the percentage."""
    full = round(_WIDTH * min(1.0, max(0.0, part)))
    return f"[{'#' * full}{'.' * (_WIDTH - full)}] {int(100 * min(1.0, max(0.0, part))):3}%"
