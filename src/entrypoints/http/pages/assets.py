"""The files of the pages: one style, the scripts, an icon, a sample.

The addresses of all change with what is in any of them, because scripts import each other by name.
"""

import hashlib
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from entrypoints.http.access import PUBLIC

#: Below which the files are. The last part of the path but one is of what they hold.
STATIC: Final = "/static"
_TYPES: Final = MappingProxyType(
    {
        "ocrcore.css": "text/css",
        "dom.js": "text/javascript",
        "events.js": "text/javascript",
        "ocrcore.js": "text/javascript",
        "correct.js": "text/javascript",
        "region.js": "text/javascript",
        "icon.svg": "image/svg+xml",
        "sample.png": "image/png",
    }
)
_FOR_EVER: Final = "public, max-age=31536000, immutable"


@cache
def content_of(name: str) -> bytes:
    """Return a file of the package."""
    return (files("entrypoints.http.pages") / "static" / name).read_bytes()


@cache
def _digest() -> str:
    return hashlib.sha256(b"".join(map(content_of, _TYPES))).hexdigest()[:12]


def address_of(name: str) -> str:
    """Return the path of a file, below the base path."""
    return f"{STATIC}/{_digest()}/{name}"


@get(f"{STATIC}/{{digest:str}}/{{name:str}}", include_in_schema=False, opt=PUBLIC, sync_to_thread=True)
def static_file(digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Return a file. An address of an earlier release is not found, so that nobody keeps a wrong one for a year."""
    if name not in _TYPES or digest != _digest():
        raise NotFoundException
    return Response(content_of(name), media_type=_TYPES[name], headers={"cache-control": _FOR_EVER})
