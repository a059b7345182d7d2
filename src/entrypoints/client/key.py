"""The key of a client that is given none: that of the environment, as for commands."""

import os
from typing import Final

#: The variable of the environment with the key.
VARIABLE: Final = "OCRCORE_KEY"


def key_of_environment() -> str | None:
    """Return the key in the environment, or None. Raises ``ValueError`` for what no header can hold."""
    return checked_key(os.environ.get(VARIABLE, "")) or None


def checked_key(text: str) -> str:
    """Return the key in a text, without blanks around it; it may be empty. Raises ``ValueError`` for several words."""
    key = text.strip()
    if not (key.isascii() and all(map(str.isprintable, key)) and " " not in key):
        msg = "a key is one word of ASCII letters"
        raise ValueError(msg)
    return key
