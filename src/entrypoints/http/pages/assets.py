"""The files of the pages: one style, the scripts, an icon, a sample.

A script is a file for each thing that it does, and a page names all that it needs, so that they come at once. The
addresses of all change with what is in any of them, because scripts import each other by name.
"""

import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any, Final

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from entrypoints.http.access import PUBLIC

#: Below which the files are. The last part of the path but one is of what they hold.
STATIC: Final = "/static"
_TYPES: Final = MappingProxyType(
    {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".png": "image/png"}
)
#: Kinds that are packed already.
_PICTURES: Final = frozenset({"image/png"})
#: The weight of what a client does not take.
_ZERO: Final = re.compile(r"q\s*=\s*0(\.0*)?")
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_NEVER: Final = "no-store"
#: What addresses of any release have.
_DIGEST: Final = re.compile("[0-9a-f]{12}")


@cache
def contents() -> Mapping[str, bytes]:
    """Return the files by their names."""
    there = files("entrypoints.http.pages") / "static"
    return {file.name: file.read_bytes() for file in sorted(there.iterdir(), key=lambda file: file.name)}


@cache
def _digest() -> str:
    return hashlib.sha256(b"".join(contents().values())).hexdigest()[:12]


def address_of(name: str) -> str:
    """Return the path of a file, below the base path."""
    return f"{STATIC}/{_digest()}/{name}"


@cache
def _packed(name: str) -> bytes:
    return gzip.compress(contents()[name], mtime=0)


def _takes_gzip(request: Request[Any, Any, Any]) -> bool:
    """Return whether ``Accept-Encoding`` allows gzip, by its own name (RFC 9110, section 12.5.3)."""
    for element in request.headers.get("accept-encoding", "").split(","):
        coding, _, weight = element.partition(";")
        if coding.strip().lower() == "gzip":
            return not _ZERO.fullmatch(weight.strip())
    return False


@get(f"{STATIC}/{{digest:str}}/{{name:str}}", include_in_schema=False, opt=PUBLIC, sync_to_thread=True)
def static_file(request: Request[Any, Any, Any], digest: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """Return a file, packed where the client takes it so: there is no secret in it that its length could tell.

    While a service is upgraded, a page of one release asks another one for its files. It gets those that there are, and
    nobody keeps them; without, it would have neither style nor scripts.
    """
    if name not in contents() or not _DIGEST.fullmatch(digest):
        raise NotFoundException
    kind, kept = _TYPES[PurePosixPath(name).suffix], _FOR_EVER if digest == _digest() else _NEVER
    if kind in _PICTURES:
        return Response(contents()[name], media_type=kind, headers={"cache-control": kept})
    headers = {"cache-control": kept, "vary": "accept-encoding"}
    if not _takes_gzip(request):
        return Response(contents()[name], media_type=kind, headers=headers)
    return Response(_packed(name), media_type=kind, headers={**headers, "content-encoding": "gzip"})
