"""W3C Trace Context (level 1): to what trace a message belongs."""

import re
import secrets
from typing import Final

_TRACE_ID: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")


def traceparent(request_id: str) -> str | None:
    """Return a ``traceparent`` for one message of a request; None if the request's id, hyphens aside, is no trace's.

    Each call names another parent. The flags say that nothing was recorded, for this program records no spans.
    """
    trace_id = request_id.replace("-", "")
    if not _TRACE_ID.fullmatch(trace_id):
        return None
    parent_id = 1 + secrets.randbelow(2**64 - 1)  # zero is no parent
    return f"00-{trace_id}-{parent_id:016x}-00"
