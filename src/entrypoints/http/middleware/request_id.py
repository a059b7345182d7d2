"""The request id: a UUID in the usual form, the same in the answer and in every line of the log.

The trace id of W3C Trace Context has 128 bits too, so a request of a trace uses that id, written as a UUID.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, cast
from uuid import UUID, uuid4

from litestar.types import Scope

from ocrcore.domain.trace_context import SpanContext

_KEY: Final = "ocr_request_id"
_CAUSE: Final = "ocr_cause"
_NIL: Final = UUID(int=0)
_UUID: Final = re.compile(rb"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
#: W3C Trace Context, level 1. Later versions begin with the same fields and may add others; ff is not a version.
_TRACEPARENT: Final = re.compile(
    rb"(?:00(?=.{53}\Z)|(?!00|ff)[0-9a-f]{2})-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)


def id_for(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the id of a request with these headers, whose names are in lower case.

    It is the client's ``X-Request-Id`` if that is a UUID, else the trace id of its ``traceparent``, else a new UUID.
    A header is ignored if it is malformed, nil, or sent more than once.
    """
    given: dict[bytes, bytes] = {}
    for name, value in headers:
        given[name] = b"" if name in given else value
    traceparent = _TRACEPARENT.fullmatch(given.get(b"traceparent", b""))
    for wanted in (given.get(b"x-request-id", b""), traceparent[1] if traceparent else b""):
        if _UUID.fullmatch(wanted) and (given_id := UUID(wanted.decode())) != _NIL:
            return str(given_id)
    return str(uuid4())


def set_request_id(scope: Scope, value: str) -> None:
    """Store the request id in the scope."""
    cast("dict[str, Any]", scope)[_KEY] = value


def request_id(scope: Scope) -> str:
    """Return the request id of the scope."""
    return str(cast("dict[str, Any]", scope)[_KEY])


def set_cause(scope: Scope, value: str) -> None:
    """Store the request id with its span in the scope."""
    cast("dict[str, Any]", scope)[_CAUSE] = value


def cause_of(scope: Scope) -> str:
    """Return the request id as it is stored with what the request causes: with its span, if that is recorded."""
    return str(cast("dict[str, Any]", scope).get(_CAUSE) or request_id(scope))


def carried_by_client(headers: Iterable[tuple[bytes, bytes]], own: str) -> str:
    """Return the request id with the client's span, if its ``traceparent`` is of the same trace."""
    given = [value for name, value in headers if name == b"traceparent"]
    found = _TRACEPARENT.fullmatch(given[0]) if len(given) == 1 else None
    if found is None:
        return own
    trace_id, span_id, flags = (part.decode() for part in given[0].split(b"-")[1:4])
    return SpanContext(trace_id, span_id, flags).carried_by(own)
