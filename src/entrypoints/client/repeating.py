"""Repeating a request that may have been lost: a few times, later each time, or when the service says so."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import httpx

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
    for pause in pauses:
        try:
            response = send()
        except httpx.TransportError:
            time.sleep(pause)
            continue
        if response.status_code != UNAVAILABLE:
            return response
        time.sleep(_asked_for(response, pause))
    return send()


def _asked_for(response: httpx.Response, default: float) -> float:
    text = response.headers.get("retry-after", "")
    return min(float(text), _LONGEST) if text.isascii() and text.isdigit() else default
