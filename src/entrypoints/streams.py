"""What the terminal can do that a stream writes to."""

import os
from typing import TextIO


def moves_cursor(stream: TextIO) -> bool:
    """Return whether a stream is a terminal on which something can be drawn again, and coloured."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def has_colour(stream: TextIO) -> bool:
    """Return whether a stream shows colours: a terminal that can, where ``NO_COLOR`` does not forbid it."""
    return moves_cursor(stream) and not os.environ.get("NO_COLOR")
