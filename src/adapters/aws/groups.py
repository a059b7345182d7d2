"""Owners as groups of messages."""

import hashlib
import re
from typing import Final

#: What SQS takes: letters, digits and punctuation of ASCII.
_PLAIN: Final = re.compile(r"[!-~]{1,128}")
_HASHED: Final = "sha256:"


def group_id(group: str) -> str:
    """Return the group as SQS takes it: as it is where that may be, else its hash; never the same for two groups."""
    if _PLAIN.fullmatch(group) and not group.startswith(_HASHED):
        return group
    return _HASHED + hashlib.sha256(group.encode(errors="surrogatepass")).hexdigest()
