"""Spans of this process, for distributed traces."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from typing import Final, Protocol


class Span(Protocol):
    """A span that is open."""

    @abstractmethod
    def note(self, name: str | None = None, **attributes: str | int) -> None:
        """Give the span another name, and attributes. Neither may hold a text, a file name or a secret."""


class Tracer(Protocol):
    """Records what takes how long, and what caused it. No decision depends on it, and no verb raises."""

    @property
    @abstractmethod
    def records(self) -> bool:
        """Whether anybody looks at the spans."""

    @abstractmethod
    def span(self, name: str, cause: str | None = None, **attributes: str | int) -> AbstractContextManager[Span]:
        """Record a span around a block.

        It is a child of the span that is open in this thread if that is of the trace of ``cause``, else of the span
        that ``cause``, a request id, carries, else the first of its trace. An error that leaves the block marks the
        span by the name of its class, and is raised.
        """

    @abstractmethod
    def carried(self, request_id: str) -> str:
        """Return the request id with the span that is open in this thread, to be stored and sent (up to 64 characters).

        Returns it unchanged if no span of its trace is open.
        """


class NoTracer(Tracer):
    """Records nothing."""

    @property
    def records(self) -> bool:
        """Nobody looks."""
        return False

    def span(self, name: str, cause: str | None = None, **attributes: str | int) -> AbstractContextManager[Span]:
        """Return a block without a span."""
        del name, cause, attributes
        return _UNRECORDED

    def carried(self, request_id: str) -> str:
        """Return the request id."""
        return request_id


class _NoSpan(Span):
    def note(self, name: str | None = None, **attributes: str | int) -> None:
        """Do nothing."""
        del name, attributes


_NO_SPAN: Final = _NoSpan()


class _Unrecorded(AbstractContextManager[Span]):
    """A block that costs nothing; the same for all."""

    def __enter__(self) -> Span:
        return _NO_SPAN

    def __exit__(self, *_: object) -> None:
        return None


_UNRECORDED: Final = _Unrecorded()
