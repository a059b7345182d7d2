"""The id of a request, the same in its answer and in every line of the log: a UUID, in the usual form.

A trace's id is as many bits, so a request of a trace goes by that, written so.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, cast
from uuid import UUID, uuid4

from litestar.types import Scope

_KEY: Final = "ocr_request_id"
_NIL: Final = UUID(int=0)
_UUID: Final = re.compile(rb"[0-9a-f]{8}(-?)(?:[0-9a-f]{4}\1){3}[0-9a-f]{12}", re.IGNORECASE)
#: W3C Trace Context, level 1. Later versions begin as this one does, and may go on; there will be none called ff.
_TRACEPARENT: Final = re.compile(
    rb"(?:00(?=.{53}\Z)|(?!00|ff)[0-9a-f]{2})-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?"
)


def id_for(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Return the id of a request with these headers, whose names are in small letters.

    It is the client's ``X-Request-Id`` if that is a UUID, else the trace of its ``traceparent``, else a new one.
    What is malformed, nil or there twice is passed over.
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
    """Remember the id of the request in its scope."""
    cast("dict[str, Any]", scope)[_KEY] = value


def request_id(scope: Scope) -> str:
    """Return the id of the request that the scope belongs to."""
    return str(cast("dict[str, Any]", scope)[_KEY])
