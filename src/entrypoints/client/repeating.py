"""Repeating a request that may have been lost: a few times, after growing pauses, or when the service says."""

from collections.abc import Callable, Sequence
from typing import Final

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt

from entrypoints.client.errors import UNAVAILABLE

#: Seconds between two tries, where the service does not name them.
PAUSES: Final = (0.2, 0.5, 1.0, 2.0)
#: Seconds that the service may ask for, at most.
_LONGEST: Final = 30.0


def send_repeatedly(send: Callable[[], httpx.Response], pauses: Sequence[float]) -> httpx.Response:
    """Return the answer to a request that may be sent any number of times.

    It is sent again after a broken connection and after 503, once for each of the pauses; then the last answer is
    returned, or the last error raised.
    """

    def pause(state: RetryCallState) -> float:
        default = pauses[state.attempt_number - 1]
        outcome = state.outcome
        return default if outcome is None or outcome.failed else _asked_for(outcome.result(), default)

    def give_up(state: RetryCallState) -> httpx.Response:
        assert state.outcome is not None  # noqa: S101 - for the type checker: there was a try
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


def _asked_for(response: httpx.Response, default: float) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST) if text.isascii() and text.isdigit() else default
