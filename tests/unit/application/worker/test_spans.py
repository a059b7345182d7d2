"""The steps of a worker as spans, by their causes."""

from dataclasses import replace

import pytest

from adapters.memory.tracer import MemoryTracer
from ocrcore import OcrService
from ocrcore.domain.errors import DatabaseUnavailable
from ocrcore.ports.tracer import NoTracer
from worlds import World, uploads

CAUSE = "0af76519-16cd-43dd-8448-eb211c80319c.b7ad6b7169203331.01"


def _traced() -> tuple[World, MemoryTracer]:
    world, tracer = World(), MemoryTracer()
    world.context = replace(world.context, tracer=tracer)
    world.service = OcrService(world.context)
    world.worker = world.service.worker()
    return world, tracer


def test_each_step_of_a_page_has_the_cause_that_its_message_carries() -> None:
    world, tracer = _traced()
    world.service.of("local").submit(uploads("A"), request_id=CAUSE)
    world.process_all()
    assert [span.name for span in tracer.spans] == ["send", "claim", "recognise", "engine", "commit"]
    assert {span.cause for span in tracer.spans} == {CAUSE}


def test_the_pages_of_one_submission_are_sent_in_one_span() -> None:
    world, tracer = _traced()
    world.service.of("local").submit(uploads("A", "B"), request_id=CAUSE)
    assert [span.name for span in tracer.spans] == ["send"]


def test_a_step_that_fails_is_marked() -> None:
    world, tracer = _traced()
    world.service.of("local").submit(uploads("A"), request_id=CAUSE)
    world.receive()
    world.jobs.before("transact", DatabaseUnavailable("away"))
    world.worker.claim_one()
    assert [(span.name, span.error) for span in tracer.spans] == [("send", None), ("claim", "DatabaseUnavailable")]


def test_a_tracer_that_records_nothing_makes_nothing() -> None:
    tracer = NoTracer()
    with tracer.span("a") as first, tracer.span("b", CAUSE, pages=1) as second:
        second.note("c", pages=2)
    assert first is second
    assert tracer.span("a") is tracer.span("b")
    assert (tracer.records, tracer.carried("id")) == (False, "id")
    with pytest.raises(KeyError), tracer.span("a"):
        raise KeyError
