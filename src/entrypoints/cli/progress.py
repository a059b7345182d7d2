"""A progress bar on a terminal."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from entrypoints.cli.terminal import columns, cut, printable
from entrypoints.streams import moves_cursor

#: Seconds between two updates of the line.
_PERIOD: Final = 0.1
#: Seconds between two updates of a line that only counts time.
_TICK: Final = 1.0
_WIDTH: Final = 24
#: Columns of a terminal, below which the bar would leave too little room for words.
_NARROW: Final = 60
#: Return to the beginning of the line, and erase it.
_ERASE: Final = "\r\x1b[2K"


class Progress:
    """A line on ``stream`` (default: stderr) that is redrawn in place. Writes nothing unless its terminal can."""

    def __init__(self, *, quiet: bool = False, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        #: Whether anything is written.
        self.is_live = not quiet and moves_cursor(self._stream)
        self._drawn_at = float("-inf")
        self._visible = False

    def show(self, part: float, words: str) -> None:
        """Draw a bar of which ``part`` (0 to 1) is full, and the words. Skipped if the last update was just before."""
        now = time.monotonic()
        if not self.is_live or (now - self._drawn_at < _PERIOD and part < 1):
            return
        self._draw(now, part, words)

    def clear(self) -> None:
        """Erase the line, so that something else can be written in its place."""
        if self._visible:
            self._stream.write(_ERASE)
            self._stream.flush()
            self._drawn_at, self._visible = float("-inf"), False

    def end(self) -> None:
        """Erase the line, and draw no other."""
        self.clear()
        self.is_live = False

    @contextmanager
    def counting(self, words: Callable[[float], str]) -> Iterator[Callable[[], None]]:
        """Show words about the seconds that have passed, until the block ends or the function is called that it gets.

        For work of which nobody knows how much is left.
        """
        ended, begun = threading.Event(), time.monotonic()

        def tick() -> None:
            while not ended.wait(_TICK):
                self._draw(time.monotonic(), None, words(time.monotonic() - begun))

        thread = threading.Thread(target=tick, name="progress", daemon=True)

        def end() -> None:
            ended.set()
            if thread.is_alive():
                thread.join()
            self.clear()

        if self.is_live:
            thread.start()
        try:
            yield end
        finally:
            end()

    def _draw(self, now: float, part: float | None, words: str) -> None:
        self._drawn_at, self._visible = now, True
        wide = columns(self._stream) or _NARROW
        line = printable(words)
        if part is not None:
            line = f"{bar(part) if wide >= _NARROW else percentage(part)} {line}"
        self._stream.write(_ERASE + cut(line, wide - 1))
        self._stream.flush()


def bar(part: float) -> str:
    """Return a bar of which ``part`` (0 to 1) is full, and the percentage."""
    full = round(_WIDTH * min(1.0, max(0.0, part)))
    return f"[{'#' * full}{'.' * (_WIDTH - full)}] {percentage(part)}"


def percentage(part: float) -> str:
    """Return ``part`` (0 to 1) as a percentage."""
    return f"{int(100 * min(1.0, max(0.0, part))):3}%"
