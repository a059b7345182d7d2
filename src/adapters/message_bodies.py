"""Validation of message bodies by the rules of SQS, for every queue. Emulators of SQS accept more."""

import re
from typing import Final

_LONGEST: Final = 256 * 1024
#: Control characters other than TAB, LF and CR, lone surrogates, and the noncharacters U+FFFE and U+FFFF.
_REFUSED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_acceptable(body: str) -> bool:
    """Return whether a body is 1 byte to 256 KiB of UTF-8 without control characters."""
    return _REFUSED.search(body) is None and 0 < len(body.encode()) <= _LONGEST
