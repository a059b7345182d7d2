"""Spans become those of OpenTelemetry, and the trace of a request is named by its id."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode

from adapters.otel.tracer import OtelTracer, provider_without_exporter
from ocrcore.domain.trace_context import SpanContext

REQUEST = "0af76519-16cd-43dd-8448-eb211c80319c"
TRACE = int(REQUEST.replace("-", ""), 16)
SPAN = "b7ad6b7169203331"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracer(exporter: InMemorySpanExporter) -> Iterator[OtelTracer]:
    provider = provider_without_exporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = OtelTracer(provider)
    yield tracer
    tracer.close()


def _only(exporter: InMemorySpanExporter) -> ReadableSpan:
    (span,) = exporter.get_finished_spans()
    return span


def test_the_first_span_of_a_request_begins_the_trace_of_its_id(
    tracer: OtelTracer, exporter: InMemorySpanExporter
) -> None:
    with tracer.span("request", REQUEST, job_id="1") as span:
        span.note("POST /api/v1/jobs", status=202)
    ended = _only(exporter)
    assert (ended.name, ended.context.trace_id, ended.parent) == ("POST /api/v1/jobs", TRACE, None)
    assert dict(ended.attributes or {}) == {"ocr.job_id": "1", "ocr.status": 202}
    assert ended.resource.attributes["service.name"] == "ocrcore"


def test_a_span_that_is_carried_is_the_parent(tracer: OtelTracer, exporter: InMemorySpanExporter) -> None:
    with tracer.span("claim", f"{REQUEST}.{SPAN}.01"):
        pass
    ended = _only(exporter)
    assert ended.parent is not None
    assert (ended.context.trace_id, ended.parent.span_id, ended.parent.is_remote) == (TRACE, int(SPAN, 16), True)


def test_a_trace_that_is_not_recorded_stays_so(tracer: OtelTracer, exporter: InMemorySpanExporter) -> None:
    with tracer.span("claim", f"{REQUEST}.{SPAN}.00"):
        carried = SpanContext.of(tracer.carried(REQUEST))
        assert carried is not None
        assert carried.flags == "00"
    assert exporter.get_finished_spans() == ()


def test_the_open_span_of_a_trace_is_the_parent_of_the_next(tracer: OtelTracer, exporter: InMemorySpanExporter) -> None:
    with tracer.span("recognise", REQUEST), tracer.span("engine", f"{REQUEST}.{SPAN}.01"), tracer.span("inner"):
        pass
    inner, engine, recognise = exporter.get_finished_spans()
    assert engine.parent is not None
    assert inner.parent is not None
    assert (engine.parent.span_id, inner.parent.span_id) == (recognise.context.span_id, engine.context.span_id)


def test_spans_of_several_requests_are_in_several_traces(tracer: OtelTracer, exporter: InMemorySpanExporter) -> None:
    other = "1" * 32
    with tracer.span("send", REQUEST), tracer.span("send", other):
        assert SpanContext.of(tracer.carried(other)) is not None
        assert tracer.carried(REQUEST) == REQUEST
    assert {span.context.trace_id for span in exporter.get_finished_spans()} == {TRACE, int(other, 16)}


def test_an_error_is_told_by_its_class_alone(tracer: OtelTracer, exporter: InMemorySpanExporter) -> None:
    with pytest.raises(KeyError), tracer.span("commit", REQUEST):
        raise KeyError("/srv/secret")  # noqa: EM101 - what must not be told
    ended = _only(exporter)
    assert (ended.status.status_code, ended.status.description) == (StatusCode.ERROR, "KeyError")
    assert ended.events == ()


def test_without_an_open_span_nothing_is_carried(tracer: OtelTracer) -> None:
    assert tracer.carried(REQUEST) == REQUEST


def test_the_library_reads_its_own_variables(monkeypatch: pytest.MonkeyPatch, exporter: InMemorySpanExporter) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "scans")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    provider = provider_without_exporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = OtelTracer(provider)
    with tracer.span("request", REQUEST):
        pass
    assert provider.resource.attributes["service.name"] == "scans"
    assert exporter.get_finished_spans() == ()
    tracer.close()
