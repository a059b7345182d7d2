"""The route of page images."""

import re
from collections.abc import Iterator
from contextlib import nullcontext
from threading import BoundedSemaphore
from typing import Annotated, Any, Final
from urllib.parse import quote

from litestar import Request, Response, get
from litestar.concurrency import sync_to_thread
from litestar.openapi import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.response import Stream

from entrypoints.http.dependencies import Heavy, Jobs
from entrypoints.http.documentation import problem_responses
from entrypoints.http.parameters import ITEMS, item_uuid
from entrypoints.http.spooled import spooled_for
from ocrcore import ItemImage
from ocrcore.domain.media import kind_of_extension

_ORIGINAL: Final = "1 for the uploaded bytes, as an attachment."
#: Widths that a client may ask for.
_MOST_WIDTH: Final = 4000
_WIDTH: Final = "The most pixels across, for a smaller picture."
#: Files that are in memory at a time, until they are spooled.
_READS: Final = BoundedSemaphore(4)
#: Characters that are not safe in the quoted string of a header.
_UNSAFE: Final = re.compile(r"[^ !#-\[\]-~]")


@get(
    f"{ITEMS}/{{item_id:str}}/image",
    tags=["items"],
    responses={
        200: ResponseSpec(bytes, media_type="image/*", description="The picture.", generate_examples=False),
        304: ResponseSpec(None, description="Not changed."),
        **problem_responses(404, 415, 429),
    },
)
async def item_image(
    request: Request[Any, Any, Any],
    jobs: Jobs,
    heavy: Heavy,
    item_id: FromPath[str],
    original: Annotated[bool, QueryParameter(description=_ORIGINAL)] = False,  # noqa: FBT002 - a query parameter
    width: Annotated[int | None, QueryParameter(ge=1, le=_MOST_WIDTH, description=_WIDTH)] = None,
) -> Response[Any]:
    """Return the page as a picture that browsers show."""
    found = await sync_to_thread(jobs.item_image, item_uuid(item_id), original=original, width=width)
    which = "-original" if original else f"-{width}" if width else ""
    tag = f'"{found.item_id}{which}"'
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(b"", status_code=304, headers=_headers(tag))
    headers = _headers(tag)
    if original:
        headers["content-disposition"] = attachment(found)
    size, picture = await spooled_for(request, jobs, heavy, lambda: _read(found))
    return Stream(picture, media_type=found.media_type, headers={**headers, "content-length": str(size)})


def _read(found: ItemImage) -> Iterator[bytes]:
    with nullcontext() if found.is_rendered else _READS:
        yield found.read()


def attachment(image: ItemImage) -> str:
    """Return the Content-Disposition that saves the file under its uploaded name.

    A name with the suffix of another kind gets that of its content: nobody should save a page of HTML by mistake.
    """
    name = image.filename.replace("\\", "/").rpartition("/")[2].lstrip(".").strip() or "page"
    if not name.lower().endswith(kind_of_extension(image.extension).suffixes):
        name += f".{image.extension}"
    return saved_as(name)


def saved_as(name: str) -> str:
    """Return the Content-Disposition that saves an answer under this name (RFC 6266, RFC 8187)."""
    plain = _UNSAFE.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def _headers(tag: str) -> dict[str, str]:
    """Return headers that let a browser keep the picture, but revalidate it each time.

    The bytes never change, but the item may be deleted, or access to it refused.
    """
    return {"etag": tag, "cache-control": "private, no-cache"}


def _has(tags: str, tag: str) -> bool:
    return tag in {one.strip().removeprefix("W/") for one in tags.split(",")}
