"""The page of keys: what opens the service for the reader's programs. There is none without ``OCR_AUTH=keys``."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, get, post
from litestar.concurrency import sync_to_thread
from litestar.params import FromPath, FromQuery

from entrypoints.http.access import caller_of
from entrypoints.http.dependencies import Keys, Service
from entrypoints.http.lists import place_of
from entrypoints.http.pages.forms import form_of
from entrypoints.http.pages.problems import Alert, alert_of, refused
from entrypoints.http.pages.rendering import Templates
from entrypoints.http.routes.keys import key_list
from ocrcore.application.access.keys import NewKey
from ocrcore.domain.api_key import DEFAULT_SCOPES, Scope
from ocrcore.domain.durations import parse_duration
from ocrcore.domain.errors import InvalidOption
from ocrcore.ports.api_keys import KeyCursor

#: Keys that are shown at a time, and most bytes of a form.
_ROWS: Final = 50
_SMALL: Final = 16_384
#: How long the old key of a rotation stays alive.
_OVERLAP: Final = timedelta(hours=24)


@get("/keys", include_in_schema=False, sync_to_thread=True)
def keys_page(
    request: Request[Any, Any, Any],
    pages: Templates,
    service: Service,
    keys: Keys,
    cursor: FromQuery[str | None] = None,
) -> Response[str]:
    """Return the page."""
    return _page(request, pages, service, keys, cursor=cursor)


@post("/keys", include_in_schema=False, status_code=200, request_max_body_size=_SMALL)
async def create_key(request: Request[Any, Any, Any], pages: Templates, service: Service, keys: Keys) -> Response[str]:
    """Make a key, and show it this once. What makes no sense is said at the form, which keeps what was typed."""
    form = await form_of(request)
    scopes = frozenset(Scope(scope) for scope in form.getall("scope", []) if scope in set(Scope))
    name, life = str(form.get("name", "")), str(form.get("expires", "")).strip()

    def create() -> Response[str]:
        try:
            made = keys.create(name=name, scopes=scopes, expires_in=_life(life))
        except InvalidOption as refusal:
            typed = _Typed(name, life, scopes, alert_of(pages.say, refusal.code, str(refusal)))
            return refused(_page(request, pages, service, keys, typed=typed), refusal)
        return _page(request, pages, service, keys, made=made)

    return await sync_to_thread(create)


@post("/keys/{key_id:str}/rotate", include_in_schema=False, status_code=200, sync_to_thread=True)
def rotate_key(
    request: Request[Any, Any, Any], pages: Templates, service: Service, keys: Keys, key_id: FromPath[str]
) -> Response[str]:
    """Make a key in place of another one, which ends a day later, and show it this once."""
    return _page(request, pages, service, keys, made=keys.rotate(key_id, overlap=_OVERLAP))


@post("/keys/{key_id:str}/revoke", include_in_schema=False, sync_to_thread=True)
def revoke_key(keys: Keys, key_id: FromPath[str]) -> Response[bytes]:
    """End a key at once."""
    keys.revoke(key_id)
    return Response(b"", status_code=303, headers={"location": "/keys"})


def _life(typed: str) -> timedelta | None:
    try:
        return parse_duration(typed) if typed else None
    except ValueError as error:
        msg = f"expires must be {str(error).removeprefix('a duration is ')}."
        raise InvalidOption(msg) from error


@dataclass(frozen=True, slots=True)
class _Typed:
    """What the form of a new key shows: what was typed, and what is wrong with it."""

    name: str = ""
    expires: str = ""
    scopes: frozenset[Scope] = DEFAULT_SCOPES
    alert: Alert | None = None


def _page(
    request: Request[Any, Any, Any],
    pages: Templates,
    service: Service,
    keys: Keys,
    *,
    cursor: str | None = None,
    made: NewKey | None = None,
    typed: _Typed = _Typed(),
) -> Response[str]:
    found = keys.list(after=place_of(cursor, KeyCursor), limit=_ROWS + 1)
    caller, now = caller_of(request.scope), service.now()
    return pages.answer(
        "keys.html",
        made=made,
        rows=[(key, key.is_alive(now)) for key in found[:_ROWS]],
        next=key_list(found, _ROWS).next_cursor,
        may_write=Scope.WRITE in caller.scopes,
        scopes=[(scope, scope in typed.scopes) for scope in Scope if scope in caller.scopes],
        name=typed.name,
        expires=typed.expires,
        alert=typed.alert,
        own=caller.key_id,
        is_open=False,
    )
