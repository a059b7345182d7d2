"""The end of a request whose client went away."""

from typing import Any

from litestar import Request


class ClientGone(Exception):
    """The client has closed its connection before its request was answered, so nobody reads the answer."""


async def until_gone(request: Request[Any, Any, Any]) -> None:
    """Return when the client of a request, whose body was read to its end, has closed its connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
