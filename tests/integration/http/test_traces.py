"""One trace from the request to the result, on fakes and with the real library."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters.otel.tracer import OtelTracer, provider_without_exporter
from entrypoints.http.app import create_app
from integration.http.conftest import LIMITS
from integration.http.site import listening
from ocrcore import OcrService
from ocrcore.domain.trace_context import plain_request_id
from ocrcore.testing.patience import FOREVER, eventually
from worlds import World, picture

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


@dataclass
class Traced:
    """A service whose spans are kept."""

    world: World
    url: str
    exporter: InMemorySpanExporter

    def submit(self, **headers: str) -> httpx.Response:
        files = [("files", ("a.png", picture()))]
        return httpx.post(f"{self.url}/api/v1/jobs", files=files, headers=headers, timeout=FOREVER)

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        return {span.name: span for span in self.exporter.get_finished_spans()}


@pytest.fixture
def traced() -> Iterator[Traced]:
    provider, exporter = provider_without_exporter(), InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    world = World(policy=LIMITS.policy)
    world.context = replace(world.context, tracer=OtelTracer(provider))
    world.service = OcrService(world.context)
    world.worker = world.service.worker()
    with listening(create_app(world.service, LIMITS)) as port:
        yield Traced(world, f"http://127.0.0.1:{port}", exporter)
    provider.shutdown()


def test_a_page_has_one_trace_from_the_clients_span_to_the_commit(traced: Traced) -> None:
    answer = traced.submit(traceparent=f"00-{TRACE}-{PARENT}-01")
    traced.world.process_all()
    spans = traced.spans
    assert set(spans) == {"POST /api/v1/jobs", "send", "claim", "recognise", "engine", "commit"}
    assert {f"{span.context.trace_id:032x}" for span in spans.values()} == {TRACE}
    parents = {name: span.parent.span_id if span.parent else None for name, span in spans.items()}
    request = spans["POST /api/v1/jobs"].context.span_id
    assert parents == {
        "POST /api/v1/jobs": int(PARENT, 16),
        **dict.fromkeys(("send", "claim", "recognise", "commit"), request),
        "engine": spans["recognise"].context.span_id,
    }
    about = dict(spans["recognise"].attributes or {})
    assert (about["ocr.job_id"], about["ocr.attempt"], about["ocr.outcome"]) == (answer.json()["id"], 1, "recognised")


def test_no_span_tells_a_text_or_a_name(traced: Traced) -> None:
    traced.submit()
    traced.world.process_all()
    for span in traced.exporter.get_finished_spans():
        assert "HELLO" not in span.to_json()
        assert "a.png" not in span.to_json()


def test_an_own_request_id_names_the_trace_where_the_client_sends_another(traced: Traced) -> None:
    own = "11111111-2222-4333-8444-555555555555"
    answer = traced.submit(**{"x-request-id": own, "traceparent": f"00-{TRACE}-{PARENT}-01"})
    request = traced.spans["POST /api/v1/jobs"]
    assert answer.headers["x-request-id"] == own
    assert (f"{request.context.trace_id:032x}", request.parent) == (own.replace("-", ""), None)


def test_probes_and_scrapes_have_no_spans_and_unknown_paths_one_name(traced: Traced) -> None:
    for path in ("/health/live", "/metrics", "/nowhere/1", "/nowhere/2"):
        httpx.get(f"{traced.url}{path}", timeout=FOREVER)
    eventually(lambda: len(traced.exporter.get_finished_spans()) > 1)  # the last one ends after its answer
    assert [span.name for span in traced.exporter.get_finished_spans()] == ["GET unmatched"] * 2


def test_the_log_has_the_request_id_alone(traced: Traced, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answer = traced.submit()
        traced.world.process_all()
    (ended,) = [record for record in caplog.records if record.message == "attempt ended"]
    assert plain_request_id(ended.__dict__["request_id"]) == answer.headers["x-request-id"]
    assert ended.__dict__["request_id"] != answer.headers["x-request-id"]  # the log's own formatter shortens it
