"""Whose id a request goes by: W3C Trace Context, level 1, says what a ``traceparent`` is."""

from uuid import UUID

import pytest

from entrypoints.http.middleware.request_id import id_for

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
IDENTITY = str(UUID(TRACE))
GIVEN = "01a21264-5053-7745-a327-9e8a2adff957"


def of(*headers: tuple[str, str]) -> str:
    return id_for([(name.encode(), value.encode("latin-1")) for name, value in headers])


@pytest.mark.parametrize("given", [GIVEN, GIVEN.upper(), GIVEN.replace("-", "")])
def test_an_id_of_the_clients_is_kept(given: str) -> None:
    assert of(("x-request-id", given)) == GIVEN


@pytest.mark.parametrize(
    "given",
    ["", "mine", f"{{{GIVEN}}}", f"urn:uuid:{GIVEN}", f"{GIVEN}0", GIVEN[:-1], f"{GIVEN}\x85", str(UUID(int=0))],
)
def test_what_is_no_id_is_passed_over(given: str) -> None:
    assert UUID(of(("x-request-id", given))) not in {UUID(GIVEN), UUID(int=0)}
    assert of(("x-request-id", given), ("traceparent", f"00-{TRACE}-{PARENT}-01")) == IDENTITY


@pytest.mark.parametrize(
    "traceparent",
    [
        f"00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-ff",
        f"cc-{TRACE}-{PARENT}-01",
        f"cc-{TRACE}-{PARENT}-01-",
        f"cc-{TRACE}-{PARENT}-01-what-the-future-will-be-like",
    ],
)
def test_a_request_of_a_trace_goes_by_the_traces_id(traceparent: str) -> None:
    assert of(("traceparent", traceparent)) == IDENTITY


@pytest.mark.parametrize(
    "traceparent",
    [
        "",
        TRACE,
        f"00-{TRACE}-{PARENT}",
        f"00-{TRACE}-{PARENT}-01-",
        f"00-{TRACE}-{PARENT}-01-more",
        f"cc-{TRACE}-{PARENT}-01.more",
        f"ff-{TRACE}-{PARENT}-01",
        f"0-{TRACE}-{PARENT}-01",
        f"00-{TRACE.upper()}-{PARENT}-01",
        f"00-{TRACE}-{PARENT.upper()}-01",
        f"00-{TRACE}-{PARENT}-0x",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE[:-1]}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}0-01",
        f" 00-{TRACE}-{PARENT}-01",
        f"00-{TRACE}-{PARENT}-01\n",
        f"00_{TRACE}_{PARENT}_01",
    ],
)
def test_what_is_no_traceparent_is_passed_over(traceparent: str) -> None:
    assert UUID(of(("traceparent", traceparent))) not in {UUID(TRACE), UUID(int=0)}


def test_the_clients_own_id_comes_before_its_traces() -> None:
    assert of(("traceparent", f"00-{TRACE}-{PARENT}-01"), ("x-request-id", GIVEN)) == GIVEN


@pytest.mark.parametrize("header", [("x-request-id", GIVEN), ("traceparent", f"00-{TRACE}-{PARENT}-01")])
def test_of_two_headers_neither_counts(header: tuple[str, str]) -> None:
    assert of(header, header) not in {GIVEN, IDENTITY}


def test_without_either_each_request_has_an_id_of_its_own() -> None:
    assert UUID(of()) != UUID(of())
