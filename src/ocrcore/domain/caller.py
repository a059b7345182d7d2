"""The caller of a client's verb: an owner, and the key that it acts by."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ocrcore.domain.api_key import ApiKey, Scope, effective_scopes
from ocrcore.domain.errors import InsufficientScope

_EVERYTHING: Final = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who acts, and what it may do."""

    owner: str
    #: The id of its key; None where no key is asked for: in the library, and on a service without keys.
    key_id: str | None = None
    scopes: frozenset[Scope] = _EVERYTHING
    #: The end of its key, or None.
    expires_at: datetime | None = None

    @classmethod
    def by(cls, key: ApiKey) -> "Caller":
        """Return the holder of a key."""
        return cls(key.owner, key.id, effective_scopes(key.scopes), key.expires_at)

    @property
    def actor(self) -> str:
        """Its name in the audit log."""
        return self.owner if self.key_id is None else f"key:{self.key_id}"

    def require(self, scope: Scope) -> None:
        """Raise ``InsufficientScope`` unless it has the scope."""
        if scope not in self.scopes:
            msg = f"The key lacks the scope {scope}; use another key, or ask the operator for one."
            raise InsufficientScope(msg)
