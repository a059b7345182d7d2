"""Normalisation of stored text and names."""

import re
import unicodedata
from typing import Final

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.normal_forms import nfc

#: Longest stored job name and file name, in characters.
MAX_NAME: Final = 255

_LINE_ENDS: Final = re.compile(r"\r\n|\f")
#: Control characters except LF and TAB, and lone surrogates, which UTF-8 cannot encode.
_NOISE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
#: Letters and symbols that show nothing: the fillers of Hangul, and Braille without a dot.
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")
#: Categories of characters that show nothing: blanks and format characters. Others are removed before.
_INVISIBLE: Final = frozenset({"Zs", "Cf"})
#: Characters that could start a new record, move a cursor or change the reading direction of a line.
_UNSAFE_IN_NAMES: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)


def normalise_text(text: str) -> str:
    """Return recognised text in its stored form.

    The form is NFC. CRLF and form feed become LF. NUL, other control characters except TAB, lone surrogates, and
    trailing blanks of lines and of the text are removed. Idempotent.
    """
    text = _LINE_ENDS.sub("\n", text)
    text = nfc(_NOISE.sub("", text))
    return "\n".join(line.rstrip(" \t") for line in text.split("\n")).rstrip()


def chosen_name(name: str) -> str:
    """Clean a name that a user chose. Raises ``InvalidOption`` if nothing visible is left or it is too long."""
    cleaned = clean_name(name)
    if not cleaned or len(name.strip()) > MAX_NAME:
        msg = f"A job's name needs 1 to {MAX_NAME} visible characters."
        raise InvalidOption(msg)
    return cleaned


def clean_name(name: str) -> str:
    """Return a job or file name that is safe to show and log: one line, at most 255 characters, in NFC.

    Control characters, line separators, bidirectional marks and lone surrogates are removed. Slashes and dots stay,
    because a name is never used as a path. The result is empty if it would show nothing.
    """
    cleaned = nfc(_UNSAFE_IN_NAMES.sub("", name)).strip()[:MAX_NAME].strip()
    return cleaned if any(map(_is_visible, cleaned)) else ""


def _is_visible(character: str) -> bool:
    """Return whether a character shows something: no separator, no control or format character, no filler."""
    return unicodedata.category(character) not in _INVISIBLE and character not in _FILLERS
