"""Entries of an owner's history: who made and ended its keys, sessions and webhooks, and when. They have no secret."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ocrcore.domain.api_key import ApiKey, format_scopes
from ocrcore.domain.instants import format_instant
from ocrcore.domain.session import BrowserSession
from ocrcore.domain.webhook import Webhook

#: The actor of keys that are made and ended on the command line.
OPERATOR: Final = "operator"
#: The actor of webhooks that are disabled and enabled by the answers of their receivers.
RECEIVER: Final = "receiver"


class KeyAction(StrEnum):
    """The action of an entry."""

    #: The key was made.
    KEY_CREATED = "key.created"
    #: The key got a successor, and an end.
    KEY_ROTATED = "key.rotated"
    #: The key was ended.
    KEY_REVOKED = "key.revoked"
    #: The key was used after its end; or an address sent keys that are none, so many times within a minute.
    KEY_REFUSED = "key.refused"
    #: A browser got a session in exchange for the key.
    SESSION_OPENED = "session.opened"
    #: The session was closed; one that becomes old or idle has no entry.
    SESSION_CLOSED = "session.closed"
    #: An address tried to open sessions and failed, so many times within a minute.
    SESSION_REFUSED = "session.refused"
    #: A webhook was made.
    WEBHOOK_CREATED = "webhook.created"
    #: A webhook was deleted, with its deliveries.
    WEBHOOK_DELETED = "webhook.deleted"
    #: The receiver of a webhook answered that it is gone.
    WEBHOOK_DISABLED = "webhook.disabled"
    #: It took a delivery again.
    WEBHOOK_ENABLED = "webhook.enabled"


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One entry, identified by owner, instant and event id."""

    owner: str
    at: datetime
    #: ``{key}#{action}``, ``{webhook}#{action}``, or ``{the first half of the session's id}#{action}``.
    event_id: str
    #: A text if it is an action of a newer release.
    action: KeyAction | str
    #: ``operator``, ``key:`` and the id of a key, the owner where no key is asked for, or ``receiver``.
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


def session_opened(session: BrowserSession, owner: str, now: datetime) -> KeyEntry:
    """Return the entry of a new session."""
    return _session_entry(session, owner, KeyAction.SESSION_OPENED, now)


def session_closed(session: BrowserSession, owner: str, now: datetime) -> KeyEntry:
    """Return the entry of a session that its browser closed."""
    return _session_entry(session, owner, KeyAction.SESSION_CLOSED, now)


def logins_failed(address: str, count: int, minute: datetime, source: str) -> KeyEntry:
    """Return the entry of an address that failed to open sessions, in the history of the operator.

    Nothing of what it sent is in it. ``source`` tells the counts of several processes apart.
    """
    return _failed(KeyAction.SESSION_REFUSED, address, count, minute, source)


def keys_refused(address: str, count: int, minute: datetime, source: str) -> KeyEntry:
    """Return the same for an address that sent requests with keys that open nothing."""
    return _failed(KeyAction.KEY_REFUSED, address, count, minute, source)


def late_use(key: ApiKey, address: str, now: datetime) -> KeyEntry:
    """Return the entry of a key that was used from an address after its end."""
    why = "expired" if key.revoked_at is None else "revoked"
    return _entry(key, KeyAction.KEY_REFUSED, f"key:{key.id}", now, {"address": address, "why": why})


def webhook_entry(webhook: Webhook, action: KeyAction, actor: str, at: datetime) -> KeyEntry:
    """Return the entry of what happened to a webhook. Its address is not in it: addresses may have secrets in them."""
    return KeyEntry(webhook.owner, at, f"{webhook.id}#{action}", action, actor, {"webhook_id": str(webhook.id)})


def _failed(action: KeyAction, address: str, count: int, minute: datetime, source: str) -> KeyEntry:
    detail = {"address": address, "failed": str(count)}
    return KeyEntry(OPERATOR, minute, f"{address}#{source}#{action}", action, "nobody", detail)


def _session_entry(session: BrowserSession, owner: str, action: KeyAction, now: datetime) -> KeyEntry:
    """Return an entry about a session. Half of its id tells sessions apart, and opens none."""
    half = session.id[: len(session.id) // 2]
    detail = {"key_id": session.key_id, "session": half}
    return KeyEntry(owner, now, f"{half}#{action}", action, f"key:{session.key_id}", detail)


def _entry(key: ApiKey, action: KeyAction, actor: str, at: datetime, detail: Mapping[str, str]) -> KeyEntry:
    return KeyEntry(key.owner, at, f"{key.id}#{action}", action, actor, {"key_id": key.id, **detail})
