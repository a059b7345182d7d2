"""How texts fit a terminal: its width, the columns that letters take, and colours where they are wanted."""

import os
import stat
import sys
import unicodedata
from typing import Final, TextIO

import click

from entrypoints.streams import has_colour
from ocrcore.domain.errors import InvalidOption

#: Columns of a letter of East Asian scripts, and of an emoji.
_WIDE: Final = 2
#: Columns of a terminal that does not tell.
_USUAL: Final = 80
_MORE: Final = "…"
#: State -> its colour.
_COLOURS: Final = {"DONE": "green", "ERROR": "red", "EXPIRED": "red", "PROCESSING": "yellow", "PENDING": "cyan"}


def columns(stream: TextIO) -> int | None:
    """Return how many columns the terminal has that a stream writes to; None if it is none. COLUMNS overrules it."""
    if not stream.isatty():
        return None
    told = os.environ.get("COLUMNS", "")
    if told.isascii() and told.isdigit() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(stream.fileno()).columns or _USUAL
    except (OSError, ValueError):  # it has no descriptor
        return _USUAL


def is_piped(stream: TextIO) -> bool:
    """Return whether a stream is a pipe: what is written may come to a terminal, as by ``tee``, at any time."""
    try:
        mode = os.fstat(stream.fileno()).st_mode
    except (OSError, ValueError):  # it is closed, or has no descriptor
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def painted(text: str, state: str, stream: TextIO | None = None) -> str:
    """Return a text in the colour of a state, if the stream (default: stdout) shows colours."""
    colour = _COLOURS.get(state)
    return click.style(text, fg=colour) if colour and has_colour(stream or sys.stdout) else text


def printable(text: str) -> str:
    """Return a text in one line, without characters that would move the cursor."""
    return "".join(filter(str.isprintable, " ".join(text.split())))


def width(text: str) -> int:
    """Return how many columns a printable text takes."""
    return sum(map(_columns_of, text))


def cut(text: str, most: int | None) -> str:
    """Return a text of at most so many columns, with an ellipsis if it is cut; None is no limit."""
    if most is None or width(text) <= most:
        return text
    kept, taken = "", width(_MORE)
    for letter in text:
        taken += _columns_of(letter)
        if taken > most:
            break
        kept += letter
    return (kept + _MORE)[: max(0, most)]


def padded(text: str, wanted: int) -> str:
    """Return a text with blanks behind it, so that it takes at least so many columns."""
    return text + " " * (wanted - width(text))


def is_shared() -> bool:
    """Return whether stdout and stderr are one file, as after ``2>&1``: an error would follow a text in its line."""
    try:
        return os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    except (OSError, ValueError):  # one is closed, or has no descriptor
        return False


def heading(name: str) -> str:
    """Return the line above a page of several on a terminal, where a form feed would only move the cursor."""
    return f"--- {printable(name)} ---"


def refuse_on_terminal(what: str, instead: str = "name a file with -o, or redirect the output") -> None:
    """Raise ``InvalidOption`` if stdout is a terminal, for what is no text."""
    if sys.stdout.isatty():
        msg = f"{what} is not text, and would garble the terminal; {instead}."
        raise InvalidOption(msg)


def _columns_of(letter: str) -> int:
    if letter.isascii():
        return 1
    if unicodedata.combining(letter) or unicodedata.category(letter) in {"Cf", "Me", "Mn"}:
        return 0
    return _WIDE if unicodedata.east_asian_width(letter) in {"F", "W"} else 1
