"""W3C Trace Context (level 1) of messages."""

import secrets

from ocrcore.domain.trace_context import SpanContext, trace_id_of


def traceparent(request_id: str) -> str | None:
    """Return a ``traceparent`` for one message of a request, or None if the request id is not a trace id.

    Hyphens in the request id are ignored. Each call returns another parent id. The flags say that nothing was recorded,
    because no span was. A request id that carries a span gives that span.
    """
    carried = SpanContext.of(request_id)
    if carried is not None:
        return carried.traceparent
    trace_id = trace_id_of(request_id)
    if trace_id is None:
        return None
    parent_id = 1 + secrets.randbelow(2**64 - 1)  # zero is invalid
    return f"00-{trace_id}-{parent_id:016x}-00"
