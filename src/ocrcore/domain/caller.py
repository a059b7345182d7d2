"""The caller of a client's verb: an owner, and the key or the session that it acts by."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ocrcore.domain.api_key import ApiKey, Scope, effective_scopes
from ocrcore.domain.errors import InsufficientScope
from ocrcore.domain.session import BrowserSession

_EVERYTHING: Final = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, and what it may do."""

    owner: str
    #: The id of its key; None for the holder of an access token, and where no key is asked for: in the library, and on
    #: a service without keys.
    key_id: str | None = None
    scopes: frozenset[Scope] = _EVERYTHING
    #: The end of its key or token, or None.
    expires_at: datetime | None = None
    #: The session that it acts by, which its key opened; None if it sent the key itself.
    session: BrowserSession | None = None
    #: Its own owner, if it acts for another one.
    itself: str | None = None

    @classmethod
    def by(cls, key: ApiKey, session: BrowserSession | None = None) -> "Caller":
        """Return the holder of a key, or of a session that was opened with it."""
        return cls(key.owner, key.id, effective_scopes(key.scopes), key.expires_at, session)

    def is_admitted(self, key: ApiKey | None, now: datetime) -> bool:
        """Return whether it may still act, by the row of its key as it is now, or None if there is none.

        Who acts without a key may until its token ends, or for ever. Whether its session was closed is not told.
        """
        if self.key_id is None:
            return self.expires_at is None or now < self.expires_at
        if key is None or not key.is_alive(now):
            return False
        session = self.session
        return session is None or (session.epoch == key.session_epoch and session.is_alive(now))

    @property
    def may_end(self) -> bool:
        """Whether there is an end to what it may do: of its key, its session or its token."""
        return self.key_id is not None or self.expires_at is not None

    @property
    def actor(self) -> str:
        """Its name in the audit log."""
        return self.itself or self.owner if self.key_id is None else actor_of(self.key_id)

    def acting_for(self, owner: str) -> "Caller":
        """Return itself as somebody who acts for an owner; its own name stays in the audit log.

        Raises ``InsufficientScope`` without the scope ``admin``, unless the owner is its own.
        """
        if owner == self.owner:
            return self
        self.require(Scope.ADMIN)
        return replace(self, owner=owner, itself=self.owner)

    def require(self, scope: Scope, *others: Scope) -> None:
        """Raise ``InsufficientScope`` unless it has the scope, or one of the others."""
        if self.scopes.isdisjoint({scope, *others}):
            msg = f"The key lacks the scope {scope}; use another key, or ask the operator for one."
            raise InsufficientScope(msg)


def actor_of(key_id: str) -> str:
    """Return the name of a key in the audit log, and as who made a key or a webhook."""
    return f"key:{key_id}"
