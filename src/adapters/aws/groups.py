"""Message group ids, derived from owners."""

import hashlib
import re
from typing import Final

#: The ids that SQS accepts: letters, digits and punctuation of ASCII.
_PLAIN: Final = re.compile(r"[!-~]{1,128}")
_HASHED: Final = "sha256:"


def group_id(group: str) -> str:
    """Return the group itself if SQS accepts it, otherwise its hash. Two groups never share an id."""
    if _PLAIN.fullmatch(group) and not group.startswith(_HASHED):
        return group
    return _HASHED + hashlib.sha256(group.encode(errors="surrogatepass")).hexdigest()
