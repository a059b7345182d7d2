"""Retry of requests that are safe to repeat: a few times, with growing pauses or with those of Retry-After."""

from collections.abc import Callable, Sequence
from typing import Final

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt

from entrypoints.client.errors import UNAVAILABLE

#: Seconds before each retry, unless the service names them.
PAUSES: Final = (0.2, 0.5, 1.0, 2.0)
#: Most seconds of a Retry-After that are respected.
_LONGEST: Final = 30.0


def send_repeatedly(send: Callable[[], httpx.Response], pauses: Sequence[float]) -> httpx.Response:
    """Return the answer to a request that is safe to repeat.

    A broken connection and status 503 are retried, once after each of the pauses. Then the last answer is returned, or
    the last error raised.
    """

    def pause(state: RetryCallState) -> float:
        retry = state.attempt_number
        default = pauses[retry - 1] if retry <= len(pauses) else 0.0  # asked for the last attempt too, and not used
        outcome = state.outcome
        return default if outcome is None or outcome.failed else _retry_after(outcome.result(), default)

    def give_up(state: RetryCallState) -> httpx.Response:
        assert state.outcome is not None  # noqa: S101 - for the type checker: it is set after a try
        last: httpx.Response = state.outcome.result()
        return last

    retrying = Retrying(
        retry=retry_if_exception_type(httpx.TransportError) | retry_if_result(_is_unavailable),
        wait=pause,
        stop=stop_after_attempt(len(pauses) + 1),
        retry_error_callback=give_up,
    )
    answer: httpx.Response = retrying(send)
    return answer


def _is_unavailable(response: httpx.Response) -> bool:
    return response.status_code == UNAVAILABLE


def _retry_after(response: httpx.Response, default: float) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST) if text.isascii() and text.isdigit() else default
