"""What the state of record keeps for sessions: the secret that signs them, and those that were closed."""

from abc import abstractmethod
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Protocol


class Sessions(Protocol):
    """A session that is open has no row. One that was closed has a row until it would have ended anyway."""

    @abstractmethod
    def secret(self, proposed: bytes) -> bytes:
        """Return the secret of the service, of any length; if there is none yet, keep ``proposed`` as the secret.

        All processes get the same, also if several ask at the same time. Raises ``DatabaseUnavailable`` or
        ``CommitUnknown``.
        """

    @abstractmethod
    def close(self, session_id: str, until: datetime, now: datetime) -> None:
        """Note that a session was closed; repeated, it changes nothing.

        ``session_id`` is 32 hexadecimal digits. The session is not asked for from ``until`` on, and sessions whose
        ``until`` is before ``now`` are forgotten.
        """

    @abstractmethod
    def is_closed(self, session_id: str) -> bool:
        """Return whether a session was closed, and not forgotten since."""

    @abstractmethod
    def closed_among(self, session_ids: Sequence[str]) -> AbstractSet[str]:
        """Return those of up to 10,000 sessions that were closed, as :meth:`is_closed` does, with one query."""
