"""W3C Trace Context (level 1) of messages."""

import re
import secrets
from typing import Final

_TRACE_ID: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")


def traceparent(request_id: str) -> str | None:
    """Return a ``traceparent`` for one message of a request, or None if the request id is not a trace id.

    Hyphens in the request id are ignored. Each call returns another parent id. The flags say that nothing was recorded,
    because this program records no spans.
    """
    trace_id = request_id.replace("-", "")
    if not _TRACE_ID.fullmatch(trace_id):
        return None
    parent_id = 1 + secrets.randbelow(2**64 - 1)  # zero is invalid
    return f"00-{trace_id}-{parent_id:016x}-00"
