"""The id of a request, the same in its answer and in every line of the log."""

from typing import Any, Final, cast

from litestar.types import Scope

_KEY: Final = "ocr_request_id"


def set_request_id(scope: Scope, value: str) -> None:
    """Remember the id of the request in its scope."""
    cast("dict[str, Any]", scope)[_KEY] = value


def request_id(scope: Scope) -> str:
    """Return the id of the request that the scope belongs to."""
    return str(cast("dict[str, Any]", scope)[_KEY])
