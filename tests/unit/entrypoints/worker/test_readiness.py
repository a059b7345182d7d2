"""Readiness: which services are unavailable, and since when."""

import threading
from collections.abc import Iterator, Mapping
from functools import partial

import pytest

from entrypoints.worker import readiness as module
from entrypoints.worker.readiness import Readiness, failure_fields, worst
from ocrcore import ProblemCode
from ocrcore.application.probes import Probe
from ocrcore.testing.patience import FOREVER, eventually

STATES: dict[str, ProblemCode | None] = {}


def _probes() -> Mapping[str, Probe]:
    return {part: partial(STATES.get, part) for part in ("database", "queue")}


@pytest.fixture
def readiness() -> Iterator[Readiness]:
    STATES.update(database=None, queue=None)
    readiness = Readiness(_probes)
    yield readiness
    readiness.close()


def test_what_is_unavailable_is_named_since_when(readiness: Readiness) -> None:
    assert readiness.look() == []
    STATES["queue"] = ProblemCode.STORAGE_UNAVAILABLE
    (first,) = readiness.look()
    (again,) = readiness.look()
    assert (first.part, first.sentence) == ("queue", "The queue does not answer.")
    assert again == first
    STATES["queue"] = None
    assert readiness.look() == []


def test_a_service_that_does_not_answer_in_time_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_TIMEOUT", 0.05)
    silent, asked = threading.Event(), []

    def probe() -> None:
        asked.append("asked")
        silent.wait(FOREVER)

    readiness = Readiness(lambda: {"audit": probe})
    for _ in range(2):
        assert [one.part for one in readiness.look()] == ["audit"]
    assert asked == ["asked"]  # and not once more while it runs
    silent.set()
    readiness.close()


def _of(value: float | Mapping[str, float], part: str) -> float | None:
    return value.get(part) if isinstance(value, Mapping) else None


def test_the_metric_waits_for_nobody_and_begins_a_look(readiness: Readiness) -> None:
    gauge = readiness.gauge()
    STATES["queue"] = ProblemCode.STORAGE_FULL
    assert gauge.read() == {}
    assert eventually(lambda: _of(gauge.read(), "queue") == 0)
    assert _of(gauge.read(), "database") == 1
    STATES["queue"] = None
    assert eventually(lambda: _of(gauge.read(), "queue") == 1)


def test_the_worst_failure_gives_the_answer_its_code(readiness: Readiness) -> None:
    STATES.update(database=ProblemCode.STORAGE_FULL, queue=None)
    full = readiness.look()
    assert worst(full) == (ProblemCode.STORAGE_FULL, "Not ready: the disk of database is full.")
    assert failure_fields(full)[0]["detail"] == "The disk of the database is full."
    STATES["queue"] = ProblemCode.STORAGE_UNAVAILABLE
    assert worst(readiness.look())[0] is ProblemCode.STORAGE_UNAVAILABLE
    STATES["database"] = ProblemCode.DATABASE_UNAVAILABLE
    assert worst(readiness.look())[0] is ProblemCode.DATABASE_UNAVAILABLE
