"""Spans of OpenTelemetry, sent to whatever its own environment variables name."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import NonRecordingSpan, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace import Span as OtelSpan

from ocrcore.domain.trace_context import SpanContext, trace_id_of
from ocrcore.ports.tracer import Span, Tracer

_NAME: Final = "ocrcore"
_KINDS: Final = {"request": SpanKind.SERVER, "send": SpanKind.PRODUCER, "claim": SpanKind.CONSUMER}
#: The trace that the next first span belongs to.
_wanted: ContextVar[str | None] = ContextVar("wanted_trace", default=None)


class _Ids(RandomIdGenerator):
    """Random ids, but for traces that a request names."""

    def generate_trace_id(self) -> int:
        """Return the trace id of the request, or a random one."""
        wanted = _wanted.get()
        return int(wanted, 16) if wanted else super().generate_trace_id()


class _Noted(Span):
    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def note(self, name: str | None = None, **attributes: str | int) -> None:
        """Rename the span and set its attributes, under ``ocr.``."""
        if name is not None:
            self._span.update_name(name)
        self._span.set_attributes(_prefixed(attributes))


class OtelTracer(Tracer):
    """Records with a provider, which is ended by :meth:`close`."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(_NAME)

    @property
    def records(self) -> bool:
        """Somebody looks."""
        return True

    @contextmanager
    def span(self, name: str, cause: str | None = None, **attributes: str | int) -> Iterator[Span]:
        """Record a span."""
        wanted = trace_id_of(cause or "")
        token = _wanted.set(wanted)
        try:
            span = self._tracer.start_span(
                name,
                context=_parent(cause, wanted),
                kind=_KINDS.get(name, SpanKind.INTERNAL),
                attributes=_prefixed(attributes),
            )
        finally:
            _wanted.reset(token)
        # Its own record of an error has the message, which may name paths and hosts.
        with trace.use_span(span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
            try:
                yield _Noted(span)
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def carried(self, request_id: str) -> str:
        """Return the request id with the span that is open."""
        current = trace.get_current_span().get_span_context()
        if not current.is_valid:
            return request_id
        named = SpanContext(f"{current.trace_id:032x}", f"{current.span_id:016x}", f"{current.trace_flags:02x}")
        return named.carried_by(request_id)

    def close(self) -> None:
        """Send what is recorded, and stop."""
        self._provider.shutdown()


def tracer_to(exporter: SpanExporter) -> OtelTracer:
    """Return a tracer that sends its spans to an exporter, in batches and from a thread of its own."""
    provider = provider_without_exporter()
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return OtelTracer(provider)


def provider_without_exporter() -> TracerProvider:
    """Return a provider; sampling, limits and resource attributes are read from ``OTEL_*`` by the library itself."""
    return TracerProvider(resource=_resource(), id_generator=_Ids())


def exporter_named(name: str) -> SpanExporter:
    """Return the exporter that ``OTEL_TRACES_EXPORTER`` names: ``otlp`` (over HTTP) or ``console``."""
    return ConsoleSpanExporter() if name == "console" else OTLPSpanExporter()


def _resource() -> Resource:
    given = Resource.create()
    if str(given.attributes.get(SERVICE_NAME, "")).startswith("unknown_service"):
        return given.merge(Resource({SERVICE_NAME: _NAME}))
    return given


def _parent(cause: str | None, wanted: str | None) -> Context | None:
    """Return the context of the parent; None: that of this thread."""
    current = trace.get_current_span().get_span_context()
    if wanted is None or (current.is_valid and f"{current.trace_id:032x}" == wanted):
        return None
    named = SpanContext.of(cause)
    if named is None:
        return Context()  # the first span of its trace
    remote = trace.SpanContext(
        int(named.trace_id, 16), int(named.span_id, 16), is_remote=True, trace_flags=TraceFlags(int(named.flags, 16))
    )
    return trace.set_span_in_context(NonRecordingSpan(remote), Context())


def _prefixed(attributes: dict[str, str | int]) -> dict[str, str | int]:
    return {f"ocr.{name}": value for name, value in attributes.items()}
