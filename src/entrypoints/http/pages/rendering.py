"""Templates, filled in; and the headers that a page has in place of the API's."""

import re
from datetime import datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from jinja2.ext import Extension
from litestar import Request, Response
from litestar.di import NamedDependency
from markupsafe import Markup, escape

from entrypoints.http.access import has_session, may, owner_of
from entrypoints.http.dependencies import AppSettings, Service
from entrypoints.http.pages.assets import address_of
from entrypoints.http.pages.catalogue import CATALOGUE, PROBLEM_SENTENCES
from entrypoints.http.pages.examples import Examples
from entrypoints.http.pages.speech import Speech, speech_for
from entrypoints.http.same_site import SAFE_METHODS, came_from
from entrypoints.http.spooled import SpooledResponse
from ocrcore.domain.api_key import Scope
from ocrcore.domain.instants import format_instant
from ocrcore.formats.registry import FORMATS

#: Everything comes from this service, and nothing stands inline. Pictures that are pasted are shown before they are
#: sent (``blob:``).
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "content-security-policy": _POLICY,
    # Without a referrer browsers also hide the origin of a form, which the gate asks for.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
    "vary": "accept-language, cookie",
}
#: Format -> the ending of the name under which a browser saves it.
_SUFFIXES: Final = {name: row.suffix for name, row in FORMATS.items()}
_INDENTATION: Final = re.compile(r"^[ \t]+", re.MULTILINE)


class _Unindented(Extension):
    """Takes the indentation from the lines of the templates, not from what they are filled with.

    It is for those who write them, and a list of jobs would carry it to the browser for each row anew.
    """

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002 - Jinja's
        return _INDENTATION.sub("", source)


_TEMPLATES: Final = Environment(
    loader=PackageLoader("entrypoints.http.pages"),
    extensions=[_Unindented],
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
#: JSON stands in attributes with single quotes; what would end them is escaped in it anyway, and letters stay letters.
_TEMPLATES.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "sort_keys": True, "separators": (",", ":")}


class Pages:
    """Fills in templates for one request."""

    def __init__(self, request: Request[Any, Any, Any], now: datetime, base_path: str) -> None:
        self.say, self._base = speech_for(request, now), base_path
        self._here = request.scope["path"]
        #: The address of the service, as whoever asks knows it.
        self._service = f"{request.scope['scheme']}://{request.headers.get('host', '')}{base_path}"
        #: The page that a reader is on, whose address a form may not have been sent to.
        self._back = _with_query(request) if request.method in SAFE_METHODS else came_from(request, base_path)
        self._owner, self._has_session = owner_of(request.scope), has_session(request.scope)
        #: What whoever asks may do: look at jobs, change them, look at the service.
        self.may_read, self.may_write, self.is_operator = (may(request.scope, scope) for scope in Scope)

    def answer(self, template: str, **values: object) -> Response[str]:
        """Return a page."""
        common = {
            "_": self.say,
            "say": self.say,
            "base": self._base,
            "here": self._here,
            "back": self._back,
            "owner": self._owner,
            "has_session": self._has_session,
            "may_read": self.may_read,
            "may_write": self.may_write,
            "is_operator": self.is_operator,
            "problems": dict(PROBLEM_SENTENCES.get(self.say.language, {})) if self.may_read else {},
            "asset": self._asset,
            "when": self._when,
            "date": self._date,
            "spun": spun,
            "suffixes_of": _SUFFIXES,
            "languages": [(code, texts["lang.name"]) for code, texts in CATALOGUE.items()],
        }
        text = _TEMPLATES.get_template(template).render(common | values)
        return SpooledResponse(text, media_type="text/html", headers=dict(_HEADERS))

    def examples(self, sample: str) -> Examples:
        """Return examples of what programs say to this service, at the address that the reader uses."""
        return Examples.of(self._service, sample, needs_key=self._has_session)

    def _asset(self, name: str) -> str:
        return self._base + address_of(name)

    def _when(self, instant: datetime) -> Markup:
        return when(self.say, instant)

    def _date(self, instant: datetime) -> Markup:
        """Return an instant itself, as one that something is promised for; a script tells it in the reader's zone."""
        exact = escape(self.say.exact(instant))
        return Markup(f'<time class="date" datetime="{format_instant(instant)}">{exact}</time>')  # noqa: S704 - escaped


async def pages_for(request: Request[Any, Any, Any], service: Service, settings: AppSettings) -> Pages:
    """Return the templates for a request, as handlers take them: ``pages: Templates``."""
    return Pages(request, service.now(), settings.base_path)


Templates = NamedDependency[Pages]


def _with_query(request: Request[Any, Any, Any]) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.scope['path']}?{query}" if query else str(request.scope["path"])


def spun(size: tuple[int, int], degrees: int) -> str:
    """Return the SVG transform of a picture of this size that turns it clockwise by a multiple of 90 degrees.

    The corner at the top left stays where it is.
    """
    width, height = size
    corner = {90: (height, 0), 180: (width, height), 270: (0, width)}.get(degrees % 360)
    return "" if corner is None else f"translate({corner[0]} {corner[1]}) rotate({degrees % 360})"


def when(say: Speech, instant: datetime) -> Markup:
    """Return how far away an instant is, which shows the exact one when somebody points at it."""
    exact, ago = escape(say.exact(instant)), escape(say.ago(instant))
    return Markup(f'<time datetime="{format_instant(instant)}" title="{exact}">{ago}</time>')  # noqa: S704 - escaped
