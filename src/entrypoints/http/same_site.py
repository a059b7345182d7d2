"""What is of this service: pages that requests come from, and addresses that answers lead to.

A browser sends its cookie with requests of other sites, too. Where the cookie counts, the browser must say by which
site a request was made: a request that says nothing about that is not believed, as only clients without cookies send
such. The gate refuses what says that it is of another site; this asks for proof of the contrary.
"""

from typing import Any, Final
from urllib.parse import unquote_plus, urlsplit

from litestar import Request
from litestar.types import Scope

from entrypoints.http.middleware.proxies import public_base
from ocrcore.domain.api_key import holds_key

#: Where a browser goes that names no page.
HOME: Final = "/"
_LONGEST: Final = 2000
#: Methods that change nothing.
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
#: What a browser says of a request from our own pages, or from its address bar.
OWN_SITES: Final = frozenset({b"same-origin", b"none"})


def is_proven_own(scope: Scope) -> bool:
    """Return whether a request comes from our own pages: by ``Sec-Fetch-Site``, else by ``Origin``.

    The origin of this service is ``OCR_PUBLIC_URL``, or the one that the request names, as trusted proxies saw it.
    """
    sites = [value.strip().lower() for name, value in scope["headers"] if name == b"sec-fetch-site"]
    if sites:
        return all(site in OWN_SITES for site in sites)
    origins = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"origin"]
    base = urlsplit(public_base(scope))
    own = f"{base.scheme}://{base.netloc}".lower()
    return len(origins) == 1 and origins[0] == own


def own_path(text: str) -> str:
    """Return the text if it is a path of this service, with its query, else that of the home page.

    A browser reads two slashes, a slash and a backslash, and slashes around a tab or line end as the beginning of an
    address of another host. A path with a key in it is none: a browser keeps where it was, and says so.
    """
    is_plain = text.isascii() and text.isprintable() and not set(text) & {"\\", " "}
    if not is_plain or len(text) > _LONGEST or not text.startswith("/") or text.startswith("//"):
        return HOME
    return HOME if is_key_in(text) else text


def came_from(request: Request[Any, Any, Any], base_path: str) -> str:
    """Return the path of this service, with its query, of the page that a request was sent from; else the home page."""
    try:
        page = urlsplit(request.headers.get("referer", ""))
    except ValueError:  # as of http://[
        return HOME
    path = page.path.removeprefix(base_path) if page.path.startswith(f"{base_path}/") else page.path
    return own_path(f"{path}?{page.query}" if page.query else path)


def is_key_in(address: str) -> bool:
    """Return whether the text of a key stands in a path or a query, quoted or not."""
    return holds_key(unquote_plus(address, encoding="latin-1"))
