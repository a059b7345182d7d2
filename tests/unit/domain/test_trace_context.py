"""A request id carries the span that caused what is stored under it."""

import pytest

from ocrcore.domain.trace_context import SpanContext, plain_request_id, trace_id_of

REQUEST = "0af76519-16cd-43dd-8448-eb211c80319c"
TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
CARRIED = f"{REQUEST}.{SPAN}.01"


def test_what_is_carried_is_read_back() -> None:
    span = SpanContext(TRACE, SPAN, "01")
    assert span.carried_by(REQUEST) == CARRIED
    assert SpanContext.of(CARRIED) == span
    assert plain_request_id(CARRIED) == REQUEST
    assert (trace_id_of(REQUEST), trace_id_of(CARRIED)) == (TRACE, TRACE)
    assert span.traceparent == f"00-{TRACE}-{SPAN}-01"


def test_it_fits_where_request_ids_are_kept() -> None:
    assert len(CARRIED) <= 64


def test_a_span_of_another_trace_is_not_carried() -> None:
    assert SpanContext("1" * 32, SPAN, "01").carried_by(REQUEST) == REQUEST


@pytest.mark.parametrize(
    "given",
    [
        *(REQUEST, None, "", "request-7", f"{REQUEST}.{SPAN}", f"{REQUEST}.{'0' * 16}.01", f"{REQUEST}.{SPAN}.1"),
        *(f"{'0' * 32}.{SPAN}.01", f"{REQUEST}.{SPAN}.01.x", f"{'-' * 36}.{SPAN}.01", f"{REQUEST}.{SPAN.upper()}.01"),
    ],
)
def test_anything_else_carries_no_span(given: str | None) -> None:
    assert SpanContext.of(given) is None


@pytest.mark.parametrize("given", ["request-7", "0" * 32, "0af76519", ""])
def test_a_request_id_of_another_form_names_no_trace(given: str) -> None:
    assert trace_id_of(given) is None
    assert plain_request_id(given) == given
