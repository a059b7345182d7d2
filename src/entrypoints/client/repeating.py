"""Retry of requests: a few times, with growing pauses or with those of Retry-After.

A request that was over the limit of its owner was not begun, so any such request is safe to repeat. A read is safe to
repeat whatever became of it; one that took too long is not, because it would take as long again.
"""

from collections.abc import Callable, Sequence
from typing import Final

import httpx
from tenacity import (
    RetryCallState,
    Retrying,
    retry_base,
    retry_if_exception,
    retry_if_exception_type,
    retry_if_result,
    stop_after_attempt,
)

from entrypoints.client.errors import UNAVAILABLE, problem_code

#: Seconds before each retry, unless the service names them.
PAUSES: Final = (0.2, 0.5, 1.0, 2.0)
#: Most seconds of a Retry-After that are respected: the minute of the limit of requests.
_LONGEST: Final = 60.0
_LIMITED: Final = (429, "rate-limited")


def send_repeatedly(send: Callable[[], httpx.Response], pauses: Sequence[float]) -> httpx.Response:
    """Return the answer to a request that is safe to repeat.

    A broken connection, status 503 and too many requests are retried, once after each of the pauses. Then the last
    answer is returned, or the last error raised.
    """
    again = retry_if_exception_type(httpx.TransportError) | retry_if_result(_is_unavailable)
    return _send(send, pauses, again | retry_if_result(_is_limited))


def read_repeatedly(
    send: Callable[[], httpx.Response], pauses: Sequence[float], *, was_heard: Callable[[], bool]
) -> httpx.Response:
    """Return the answer to a read, retrying what :func:`send_repeatedly` does except time-outs.

    Where nobody takes the connection, it is retried if ``was_heard`` tells that somebody answered there before, who may
    be starting again; else that there is no service is told at once.
    """

    def is_broken(error: BaseException) -> bool:
        if isinstance(error, httpx.ConnectError):
            return was_heard()
        return isinstance(error, httpx.TransportError) and not isinstance(error, httpx.TimeoutException)

    again = retry_if_exception(is_broken) | retry_if_result(_is_unavailable) | retry_if_result(_is_limited)
    return _send(send, pauses, again)


def send_within_limit(send: Callable[[], httpx.Response], pauses: Sequence[float]) -> httpx.Response:
    """Return the answer to a request, retrying only too many requests, as :func:`send_repeatedly` does."""
    return _send(send, pauses, retry_if_result(_is_limited))


def _send(send: Callable[[], httpx.Response], pauses: Sequence[float], again: retry_base) -> httpx.Response:

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
        retry=again,
        wait=pause,
        stop=stop_after_attempt(len(pauses) + 1),
        retry_error_callback=give_up,
    )
    answer: httpx.Response = retrying(send)
    return answer


def _is_unavailable(response: httpx.Response) -> bool:
    return response.status_code == UNAVAILABLE


def _is_limited(response: httpx.Response) -> bool:
    return (response.status_code, problem_code(response)) == _LIMITED


def _retry_after(response: httpx.Response, default: float) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST) if text.isascii() and text.isdigit() else default
