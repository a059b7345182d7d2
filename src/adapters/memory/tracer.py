"""A tracer that records every span by name and cause."""

from collections.abc import Iterator
from contextlib import contextmanager

from ocrcore.ports.tracer import Span, Tracer


class MemorySpan(Span):
    """A recorded span."""

    def __init__(self, name: str, cause: str | None, attributes: dict[str, str | int]) -> None:
        self.name, self.cause, self.attributes = name, cause, attributes
        #: The class of the error that left the block.
        self.error: str | None = None

    def note(self, name: str | None = None, **attributes: str | int) -> None:
        """Rename it, and add attributes."""
        self.name = name or self.name
        self.attributes |= attributes


class MemoryTracer(Tracer):
    """All spans, in the order of their beginnings."""

    def __init__(self) -> None:
        self.spans: list[MemorySpan] = []

    @property
    def records(self) -> bool:
        """The tests look."""
        return True

    @contextmanager
    def span(self, name: str, cause: str | None = None, **attributes: str | int) -> Iterator[Span]:
        """Record the span."""
        span = MemorySpan(name, cause, attributes)
        self.spans.append(span)
        try:
            yield span
        except BaseException as error:
            span.error = type(error).__name__
            raise

    def carried(self, request_id: str) -> str:
        """Return the request id; these spans have no ids."""
        return request_id
