"""What may be the body of a message, to the letter of SQS: stand-ins for it take more."""

import re
from typing import Final

_LONGEST: Final = 256 * 1024
#: Control characters but TAB, LF and CR, lone surrogates, and the two that are no characters.
_REFUSED: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_acceptable(body: str) -> bool:
    """Tell whether a body is 1 byte to 256 KiB of UTF-8 without control characters."""
    return _REFUSED.search(body) is None and 0 < len(body.encode()) <= _LONGEST
