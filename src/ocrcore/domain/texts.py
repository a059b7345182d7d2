"""Text as it is kept: normalised once, on its way in."""

import re
import unicodedata
from typing import Final

from ocrcore.domain.errors import InvalidOption

#: Longest job name and file name that is kept, in characters.
MAX_NAME: Final = 255

_LINE_ENDS: Final = re.compile(r"\r\n|\f")
#: Control characters but LF and TAB, and lone surrogates, which UTF-8 cannot carry.
_NOISE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TRAILING_BLANKS: Final = re.compile(r"[ \t]+$", re.MULTILINE)
#: Anything that could start a new record, move a cursor or turn the reading direction of a line.
_UNSAFE_IN_NAMES: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def normalise_text(text: str) -> str:
    """Return recognised text in the one form that is stored.

    NFC; CRLF and form feed become LF; NUL, other control characters (TAB stays) and lone surrogates go;
    so do trailing blanks of lines and of the text. Idempotent.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = unicodedata.normalize("NFC", _NOISE.sub("", text))
    return _TRAILING_BLANKS.sub("", text).rstrip()


def chosen_name(name: str) -> str:
    """Return a name that somebody chose, cleaned. Raises ``InvalidOption`` for one of nothing, or too long."""
    cleaned = clean_name(name)
    if not cleaned or len(name.strip()) > MAX_NAME:
        msg = f"A job's name needs 1 to {MAX_NAME} visible characters."
        raise InvalidOption(msg)
    return cleaned


def clean_name(name: str) -> str:
    """Return a job or file name that is safe to show and log: one line, at most 255 characters.

    Control characters, line separators, bidirectional marks and lone surrogates go. Slashes and dots stay:
    a name is data, no path is ever made from it. May be empty.
    """
    return unicodedata.normalize("NFC", _UNSAFE_IN_NAMES.sub("", name)).strip()[:MAX_NAME].strip()
