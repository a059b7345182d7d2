"""Views: the public JSON of API keys, and of what happened to them and to sessions."""

from dataclasses import dataclass

from ocrcore.domain.api_key import ApiKey, Scope
from ocrcore.domain.instants import format_instant, format_known
from ocrcore.domain.key_entry import KeyEntry


@dataclass(frozen=True, slots=True)
class AccessEntryView:
    """An entry about an owner's keys and sessions. It contains no key, no cookie and no text."""

    event_id: str
    #: ``key.created key.rotated key.revoked key.refused session.opened session.closed session.refused``, each a text of
    #: its own; or one that is newer than this client.
    action: str
    #: ``operator``, ``key:`` and the id of a key, or ``nobody`` for what was refused.
    actor: str
    at: str
    detail: dict[str, str]

    @classmethod
    def of(cls, entry: KeyEntry) -> "AccessEntryView":
        """Return the view of an entry."""
        return cls(entry.event_id, entry.action, entry.actor, format_instant(entry.at), dict(entry.detail))


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key without its text, which is kept nowhere; ``expires_at`` is null if it does not expire."""

    id: str
    owner: str
    name: str
    scopes: list[str]
    created_at: str
    created_by: str
    expires_at: str | None
    last_used_at: str | None
    revoked_at: str | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyView":
        """Return the view of a key."""
        return cls(
            id=key.id,
            owner=key.owner,
            name=key.name,
            scopes=_scopes(key),
            created_at=format_instant(key.created_at),
            created_by=key.created_by,
            expires_at=format_known(key.expires_at),
            last_used_at=format_known(key.last_used_at),
            revoked_at=format_known(key.revoked_at),
        )


@dataclass(frozen=True, slots=True)
class NewKeyView:
    """A key that was made just now, with its text, which is never shown again."""

    id: str
    owner: str
    name: str
    scopes: list[str]
    key: str
    expires_at: str | None

    @classmethod
    def of(cls, key: ApiKey, text: str) -> "NewKeyView":
        """Return the view of a new key."""
        return cls(key.id, key.owner, key.name, _scopes(key), text, format_known(key.expires_at))


def _scopes(key: ApiKey) -> list[str]:
    return [scope.value for scope in Scope if scope in key.scopes]
