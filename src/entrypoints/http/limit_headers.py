"""The headers that tell a client how many requests are left (draft-ietf-httpapi-ratelimit-headers-11)."""

from typing import Any, Final, cast

from litestar.types import Message, Scope, Send

from ocrcore.domain.limits import WINDOW, Allowance, LimitPolicy

_ALLOWANCE: Final = "ocr_allowance"
_NAME: Final = f'"{LimitPolicy.REQUESTS}"'
_SECONDS: Final = int(WINDOW.total_seconds())


def keep_allowance(scope: Scope, allowance: Allowance) -> None:
    """Remember what is left after a request, for its answer."""
    cast("dict[str, Any]", scope)[_ALLOWANCE].append(allowance)


def telling_limit(send: Send, scope: Scope) -> Send:
    """Return a ``send`` that adds the headers to the answer of a request that was counted."""
    kept: list[Allowance] = []
    cast("dict[str, Any]", scope)[_ALLOWANCE] = kept  # the copies of the scope share it

    async def send_with_limit(message: Message) -> None:
        if message["type"] == "http.response.start" and kept:
            allowance = kept[-1]
            policy = f"{_NAME};q={allowance.limit};w={_SECONDS}"
            left = f"{_NAME};r={allowance.left};t={allowance.seconds}"
            added = [(b"ratelimit-policy", policy.encode()), (b"ratelimit", left.encode())]
            message["headers"] = [*message["headers"], *added]
        await send(message)

    return send_with_limit
