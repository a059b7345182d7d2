"""The route of pictures."""

import re
from typing import Annotated, Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter

from entrypoints.http.dependencies import Jobs
from entrypoints.http.documentation import problem_responses
from entrypoints.http.parameters import ITEMS, item_uuid
from ocrcore import ItemImage

_ORIGINAL: Final = "1 for the uploaded bytes, as an attachment."
#: What a header's quoted string carries everywhere as it is.
_PLAIN: Final = re.compile(r"[^ !#-\[\]-~]")
#: Where a name stops being one and becomes a path.
_FOLDERS: Final = re.compile(r".*[/\\]")


@get(
    f"{ITEMS}/{{item_id:str}}/image",
    sync_to_thread=True,
    tags=["items"],
    media_type="image/*",
    responses={**problem_responses(404, 415, 429), 304: ResponseSpec(None, description="Not changed.")},
)
def image(
    request: Request[Any, Any, Any],
    jobs: Jobs,
    item_id: FromPath[str],
    original: Annotated[bool, QueryParameter(description=_ORIGINAL)] = False,  # noqa: FBT002 - a query parameter
) -> Response[bytes]:
    """Return the page as a picture that browsers show."""
    found = jobs.item_image(item_uuid(item_id), original=original)
    tag = f'"{found.item_id}{"-original" if original else ""}"'
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(b"", status_code=304, headers=_headers(tag))
    headers = _headers(tag)
    if original:
        headers["content-disposition"] = attachment(found)
    return Response(found.read(), media_type=found.media_type, headers=headers)


def attachment(image: ItemImage) -> str:
    """Return a Content-Disposition that saves the file under the client's name for it (RFC 6266, RFC 8187)."""
    name = _FOLDERS.sub("", image.filename).lstrip(".").strip() or f"page.{image.extension}"
    plain = _PLAIN.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _headers(tag: str) -> dict[str, str]:
    """Return what lets a browser keep the picture, but ask each time: whether it may see it, and whether it is there.

    The bytes never change; no other site may show them.
    """
    return {"etag": tag, "cache-control": "private, no-cache", "cross-origin-resource-policy": "same-origin"}


def _has(tags: str, tag: str) -> bool:
    return tag in {one.strip().removeprefix("W/") for one in tags.split(",")}
