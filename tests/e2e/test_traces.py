"""One trace over two real processes, as a real collector gets it."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler

import httpx
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

import pictures
from answering import Reply, answering
from e2e.house import House, finished
from ocrcore.testing.patience import FOREVER, eventually

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


@contextmanager
def _collector() -> Iterator[tuple[str, list[Span]]]:
    """Yield the address of a collector of OpenTelemetry, and the spans that it got."""
    spans: list[Span] = []

    def take(request: BaseHTTPRequestHandler) -> Reply:
        body = request.rfile.read(int(request.headers["Content-Length"]))
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                spans.extend(scope.spans)
        return Reply(200, headers={"content-type": "application/x-protobuf"})

    with answering(take) as port:
        yield f"http://127.0.0.1:{port}", spans


def test_a_collector_sees_one_trace_from_the_request_to_the_result(house: House) -> None:
    with _collector() as (collector, spans):
        traced = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector, "OTEL_BSP_SCHEDULE_DELAY": "200"}
        service = house.serve("--slots", "0", **traced)
        worker = house.start("worker", "--slots", "1", **traced)
        answer = httpx.post(
            f"{service.url}/api/v1/jobs",
            files=[("files", ("a.png", pictures.png("ALPHA")))],
            headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
            timeout=FOREVER,
        )
        assert finished(service.url, answer.json()["id"])["status"] == "DONE"
        expected = {"POST /api/v1/jobs", "send", "claim", "recognise", "engine", "commit"}
        assert eventually(lambda: expected <= {span.name for span in spans if span.trace_id.hex() == TRACE})
        for running in (worker, service):
            running.stop()
    of_trace = {span.name: span for span in spans if span.trace_id.hex() == TRACE}
    request = of_trace["POST /api/v1/jobs"]
    assert request.parent_span_id.hex() == PARENT
    assert {of_trace[name].parent_span_id for name in ("claim", "recognise", "commit")} == {request.span_id}
    assert of_trace["engine"].parent_span_id == of_trace["recognise"].span_id


_OPEN = """
import sys
from pathlib import Path
from entrypoints.bootstrap import open_watched
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from ocrcore.ports.tracer import NoTracer
settings = Settings(data_dir=Path(sys.argv[1]))
with open_watched(settings, slots=1) as (service, registry):
    create_app(service, settings, registry)
    assert isinstance(service.tracer, NoTracer)
print([name for name in sys.modules if name.startswith("opentelemetry") and "." in name and "semconv" not in name])
"""


def test_without_its_variables_the_library_is_not_loaded(house: House) -> None:
    """But for the names of attributes, which the HTTP framework imports where they are installed."""
    command = [sys.executable, "-c", _OPEN, str(house.data)]
    opened = subprocess.run(command, env=house.environment(), capture_output=True, text=True, check=True)
    assert opened.stdout == "[]\n"
