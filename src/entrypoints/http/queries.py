"""Query parameters that a route does not take are refused: one that is misspelt would be ignored without a word."""

from typing import Any, Final

from litestar import Request

from ocrcore.domain.errors import InvalidOption
from ocrcore.domain.texts import clean_name

#: What of a handler's parameters never comes from the query.
_GIVEN: Final = frozenset({"request", "data", "service", "settings", "closing", "sender", "probes"})


async def refuse_unknown(request: Request[Any, Any, Any]) -> None:
    """Raise ``InvalidOption`` where the API is asked with a parameter that the route does not take.

    It waits for nothing; a function that is not a coroutine would be called in one of the requests' threads.
    """
    if not request.url.path.startswith("/api/"):
        return
    takes = request.route_handler.parsed_fn_signature.parameters.keys() - _GIVEN - request.path_params.keys()
    unknown = sorted(request.query_params.keys() - takes)
    if unknown:
        named = f"There is no query parameter {clean_name(unknown[0])[:40]!r} here"
        raise InvalidOption(f"{named}; there are: {', '.join(sorted(takes))}." if takes else f"{named}, nor any other.")
