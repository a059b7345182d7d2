"""Refusal of unknown query parameters, because a misspelt one would be ignored silently."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any, Final

from litestar import Request

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.normalisation import clean_name

#: The parameters of a handler that hold the request itself.
_REQUEST: Final = frozenset({"request", "data"})


def refuse_unknown(
    injected: Collection[str], asked_by: Mapping[str, str]
) -> Callable[[Request[Any, Any, Any]], Awaitable[None]]:
    """Return a hook that raises ``InvalidOption`` for a query parameter that the route does not have.

    ``injected`` are the names of dependencies, which are not query parameters; ``asked_by`` has those that take a query
    parameter themselves, and its name. The hook is a coroutine although it never awaits, because a plain function would
    occupy a request thread.
    """
    other = _REQUEST | frozenset(injected)

    async def refuse(request: Request[Any, Any, Any]) -> None:
        if not request.scope["path"].startswith("/api/"):
            return
        parameters = request.route_handler.parsed_fn_signature.parameters.keys()
        names = parameters - other - request.path_params.keys() | {
            name for dependency, name in asked_by.items() if dependency in parameters
        }
        takes = {name.removesuffix("_") for name in names}  # one that is a word of Python has an underscore there
        twice = sorted(name for name, values in request.query_params.dict().items() if len(values) > 1)
        if twice:
            msg = f"The query parameter {clean_name(twice[0])[:40]!r} was sent twice."
            raise InvalidOption(msg)
        unknown = sorted(request.query_params.keys() - takes)
        if unknown:
            named = f"There is no query parameter {clean_name(unknown[0])[:40]!r} here"
            rest = f"; there are: {', '.join(sorted(takes))}." if takes else ", nor any other."
            raise InvalidOption(named + rest)

    return refuse
