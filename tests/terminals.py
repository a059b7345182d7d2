"""A real terminal: commands run on a pseudo-terminal, and pyte keeps what a person would see."""

import fcntl
import os
import select
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyte

from ocrcore.testing.patience import FOREVER
from serving import OCRCORE


class Terminal:
    """A window of so many columns and lines, in which one command runs."""

    def __init__(self, process: subprocess.Popen[bytes], ours: int, columns: int, lines: int) -> None:
        self._process, self._ours = process, ours
        self._screen = pyte.HistoryScreen(columns, lines, history=1000)
        self._stream = pyte.ByteStream(self._screen)
        self._open = True
        #: All that was written to it, with what moves the cursor.
        self.raw = b""

    @property
    def rows(self) -> list[str]:
        """What is on the window, and what has scrolled out of it, without blanks at the ends."""
        scrolled = ["".join(row[x].data for x in range(self._screen.columns)) for row in self._screen.history.top]
        return "\n".join(row.rstrip() for row in [*scrolled, *self._screen.display]).rstrip().split("\n")

    def colour_of(self, word: str) -> str:
        """Return the colour of the first letter of a word on the window."""
        for number, row in enumerate(self._screen.display):
            if word in row:
                return str(self._screen.buffer[number][row.index(word)].fg)
        raise AssertionError(self.rows)

    def until(self, seen: Callable[["Terminal"], object]) -> None:
        """Let the command go on until something is seen; fail if it ends before."""
        end = time.monotonic() + FOREVER
        while not seen(self):
            assert self._open, self.rows
            assert time.monotonic() < end, self.rows
            self._read()

    def press(self, keys: bytes) -> None:
        """Press keys, as Ctrl-C is ``b"\\x03"``."""
        os.write(self._ours, keys)

    def status(self) -> int:
        """Let the command end, and return its status."""
        while self._open:
            self._read()
        return self._process.wait(FOREVER)

    def _read(self) -> None:
        ready, _, _ = select.select([self._ours], [], [], 1)
        try:
            piece = os.read(self._ours, 65_536) if ready else None
        except OSError:  # what Linux says when the other end is closed
            piece = b""
        if piece is not None:
            self._open, self.raw = bool(piece), self.raw + piece
            self._stream.feed(piece)


@contextmanager
def on_terminal(
    *arguments: str | Path,
    columns: int = 80,
    lines: int = 24,
    environment: Mapping[str, str] | None = None,
    program: Sequence[str] = OCRCORE,
) -> Iterator[Terminal]:
    """Yield the terminal in which the command line, or another program, runs; it ends with the block."""
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("OCR", "NO_COLOR", "COLUMNS"))}
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        ["setsid", "--ctty", *program, *map(str, arguments)],  # so that Ctrl-C reaches it
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=clean | {"TERM": "xterm-256color"} | dict(environment or {}),
    )
    os.close(theirs)
    try:
        yield Terminal(process, ours, columns, lines)
    finally:
        process.kill()
        process.wait(FOREVER)
        os.close(ours)
