import re
from uuid import UUID

import pytest

from adapters.aws.trace_context import traceparent

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("request_id", [TRACE, str(UUID(TRACE))])
def test_the_id_of_a_request_is_that_of_a_trace_which_nobody_recorded(request_id: str) -> None:
    assert re.fullmatch(f"00-{TRACE}-(?!0{{16}})[0-9a-f]{{16}}-00", traceparent(request_id) or "")


def test_every_message_has_a_parent_of_its_own() -> None:
    assert traceparent(TRACE) != traceparent(TRACE)


@pytest.mark.parametrize("request_id", ["", "request-1", TRACE[:-1], TRACE.upper(), "0" * 32, str(UUID(int=0))])
def test_what_is_no_id_of_a_trace_makes_none(request_id: str) -> None:
    assert traceparent(request_id) is None
