"""The routes of keys: a client makes, lists, rotates and revokes keys of its owner, only with ``OCR_AUTH=keys``."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Final

from litestar import Controller, delete, get, post
from litestar.dto import DataclassDTO, DTOConfig
from litestar.params import FromPath, JSONBody

from entrypoints.http.dependencies import Keys
from entrypoints.http.documentation import problem_responses
from entrypoints.http.lists import place_of, seal_place
from entrypoints.http.parameters import KEYS, Cursor, Limit, Overlap
from entrypoints.http.problems import answers_to_json, require_json
from ocrcore.application.access.keys import OVERLAP
from ocrcore.domain.api_key import ApiKey, parse_scopes
from ocrcore.domain.durations import parse_duration
from ocrcore.domain.errors import InvalidOption
from ocrcore.formats.access_views import KeyView, NewKeyView
from ocrcore.ports.api_keys import KeyCursor

_MOST_JSON: Final = 16_384
_FORM: Final = '{"name": "scanner", "scopes": ["read", "write"], "expires_in": "90d"}'


@dataclass(frozen=True, slots=True)
class WantedKey:
    """What a new key is to be; ``expires_in`` is a duration, as 90d."""

    name: str = ""
    scopes: list[str] | None = None
    expires_in: str | int | None = None


@dataclass(frozen=True, slots=True)
class KeyList:
    """A page of keys, newest first; ``next_cursor`` is null on the last page."""

    keys: Sequence[KeyView]
    next_cursor: str | None


class KeyRoutes(Controller):
    """The routes under ``/api/v1/keys``."""

    path = KEYS
    tags = ("keys",)

    @get(sync_to_thread=True, responses=problem_responses())
    def list_keys(self, keys: Keys, limit: Limit = 50, cursor: Cursor = None) -> KeyList:
        """List the keys of the owner, newest first, those that are revoked or expired too."""
        found = keys.list(after=place_of(cursor, KeyCursor), limit=limit + 1)
        return key_list(found, limit)

    @post(
        status_code=201,
        sync_to_thread=True,
        dto=DataclassDTO[Annotated[WantedKey, DTOConfig(forbid_unknown_fields=True)]],
        return_dto=None,
        request_max_body_size=_MOST_JSON,
        guards=[require_json],
        exception_handlers=answers_to_json(_FORM, "each member"),
        responses=problem_responses(413),
    )
    def create_key(self, keys: Keys, data: JSONBody[WantedKey]) -> NewKeyView:
        """Make a key with no more rights than the one that asks, and no later end. Its text is shown here only."""
        scopes = None if data.scopes is None else parse_scopes(",".join(data.scopes))
        made = keys.create(name=data.name, scopes=scopes, expires_in=_duration(data.expires_in, "expires_in"))
        return NewKeyView.of(made.key, made.text)

    @post("/{key_id:str}/rotate", status_code=201, sync_to_thread=True, responses=problem_responses(404))
    def rotate_key(self, keys: Keys, key_id: FromPath[str], overlap: Overlap = None) -> NewKeyView:
        """Make the successor of a key of the owner, with its name, scopes and lifetime; the old one ends soon.

        The successor ends no later than the key that asks. Its text is shown here only.
        """
        chosen = _duration(overlap, "overlap")
        made = keys.rotate(key_id, overlap=OVERLAP if chosen is None else chosen)
        return NewKeyView.of(made.key, made.text)

    @delete("/{key_id:str}", sync_to_thread=True, responses=problem_responses(404))
    def revoke_key(self, keys: Keys, key_id: FromPath[str]) -> None:
        """End a key of the owner; repeated, it changes nothing."""
        keys.revoke(key_id)


def key_list(keys: Sequence[ApiKey], limit: int) -> KeyList:
    """Return a page of up to ``limit`` keys; ``keys`` has one more if there is a next page."""
    page = keys[:limit]
    last = seal_place(page[-1].created_at, page[-1].id) if len(keys) > limit else None
    return KeyList([KeyView.of(key) for key in page], last)


def _duration(given: str | int | None, name: str) -> timedelta | None:
    try:
        return None if given is None else parse_duration(str(given))
    except ValueError as error:
        msg = f"{name} must be {str(error).removeprefix('a duration is ')}."
        raise InvalidOption(msg) from error
