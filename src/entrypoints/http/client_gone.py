"""The end of a request whose client went away, or is sent away."""

from typing import Any, Final

from litestar import Request
from litestar.types import Scope

#: What resets the connection of a request, in the state that the server gives to each.
RESET: Final = "ocr_reset"


class ClientGone(Exception):
    """The client has closed its connection before its request was answered, so nobody reads the answer."""


async def until_gone(request: Request[Any, Any, Any]) -> None:
    """Return when the client of a request, whose body was read to its end, has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def reset_connection(scope: Scope) -> None:
    """Close the connection of a request at once: what was not read by its client is dropped, in the kernel, too.

    Without a server that knows how, do nothing; the answer must end without its last message all the same.
    """
    reset = (scope.get("state") or {}).get(RESET)
    if reset is not None:
        reset()
