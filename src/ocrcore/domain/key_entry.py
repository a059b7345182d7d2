"""Entries of an owner's history: who made and ended its keys, and when. They contain no key and no hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.api_key import ApiKey, format_scopes
from ocrcore.domain.instants import format_instant

#: The actor of keys that are made and ended on the command line.
OPERATOR: Final = "operator"


class KeyAction(StrEnum):
    """The action of an entry."""

    #: The key was made.
    KEY_CREATED = "key.created"
    #: The key got a successor, and an end.
    KEY_ROTATED = "key.rotated"
    #: The key was ended.
    KEY_REVOKED = "key.revoked"


def key_action_named(name: str) -> KeyAction | str:
    """Return the action of this name; the name itself, if a newer process wrote an entry of an action of its own."""
    try:
        return KeyAction(name)
    except ValueError:
        return name


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry, identified by owner, instant and event id."""

    owner: str
    at: datetime
    #: ``{key}#{action}``.
    event_id: str
    #: A text if it is an action of a newer release.
    action: KeyAction | str
    #: ``operator``, or ``key:`` and the id of a key.
    actor: str
    detail: Mapping[str, str]

    def __post_init__(self) -> None:
        """Make the detail immutable."""
        object.__setattr__(self, "detail", MappingProxyType(dict(self.detail)))


def created(key: ApiKey) -> KeyEntry:
    """Return the entry of a new key."""
    detail = {"scopes": format_scopes(key.scopes)}
    if key.expires_at is not None:
        detail["expires_at"] = format_instant(key.expires_at)
    return _entry(key, KeyAction.KEY_CREATED, key.created_by, key.created_at, detail)


def rotated(key: ApiKey, successor: ApiKey) -> KeyEntry:
    """Return the entry of a key that got a successor."""
    return _entry(key, KeyAction.KEY_ROTATED, successor.created_by, successor.created_at, {"successor": successor.id})


def revoked(key: ApiKey, actor: str, now: datetime) -> KeyEntry:
    """Return the entry of a key that was ended."""
    return _entry(key, KeyAction.KEY_REVOKED, actor, now, {})


def _entry(key: ApiKey, action: KeyAction, actor: str, at: datetime, detail: Mapping[str, str]) -> KeyEntry:
    return KeyEntry(key.owner, at, f"{key.id}#{action}", action, actor, {"key_id": key.id, **detail})
