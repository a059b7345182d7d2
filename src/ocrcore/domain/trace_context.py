"""The trace of a request, as W3C Trace Context has it, carried by the request id.

A request id is a UUID, and a trace id has as many bits, so a request's trace is named by its id. Where spans are
recorded, the id that is stored with a job and sent with its messages also names the span that caused it:
``{request id}.{span id}.{flags}``. Whoever knows nothing of spans takes it for an id like any other.
"""

import re
from dataclasses import dataclass
from typing import Final, Self

#: A trace id, a span id and flags; an id of zeros is invalid.
_HEX: Final = r"(?!0{16})([0-9a-f]{16})"
_CARRIED: Final = re.compile(rf"([0-9a-f-]{{32,36}})\.{_HEX}\.([0-9a-f]{{2}})")
_TRACE_ID: Final = re.compile(r"(?!0{32})[0-9a-f]{32}")


def trace_id_of(request_id: str) -> str | None:
    """Return the trace id that a request id names, or None if it is not of that form; hyphens are ignored."""
    found = request_id.partition(".")[0].replace("-", "")
    return found if _TRACE_ID.fullmatch(found) else None


def plain_request_id(carried: str) -> str:
    """Return the request id without the span that it carries."""
    found = _CARRIED.fullmatch(carried)
    return found[1] if found else carried


@dataclass(frozen=True, slots=True)
class SpanContext:
    """A span, as another process names it: three numbers in hexadecimal digits."""

    trace_id: str
    span_id: str
    #: ``01`` if the span is recorded.
    flags: str

    @classmethod
    def of(cls, carried: str | None) -> Self | None:
        """Return the span that a request id carries, or None."""
        found = _CARRIED.fullmatch(carried or "")
        trace_id = trace_id_of(found[1]) if found else None
        return cls(trace_id, found[2], found[3]) if found and trace_id else None

    def carried_by(self, request_id: str) -> str:
        """Return the request id with this span; without it if the request is of another trace."""
        return f"{request_id}.{self.span_id}.{self.flags}" if trace_id_of(request_id) == self.trace_id else request_id

    @property
    def traceparent(self) -> str:
        """The header of W3C Trace Context, level 1."""
        return f"00-{self.trace_id}-{self.span_id}-{self.flags}"
