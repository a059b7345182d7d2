"""API keys in the state of record, and the history of each owner's keys."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.key_entry import KeyEntry


@dataclass(frozen=True, slots=True)
class KeyCursor:
    """Keyset cursor of a list, which runs from newest to oldest by instant, then id."""

    created_at: datetime
    id: str


@dataclass(frozen=True, slots=True)
class EntryCursor:
    """Keyset cursor of a history, which runs from oldest to newest by instant, then event id."""

    at: datetime
    event_id: str


@dataclass(frozen=True, slots=True)
class KeyChange:
    """Keys to write, new ones or new states of old ones, and the entries about them."""

    keys: Sequence[ApiKey]
    entries: Sequence[KeyEntry]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for a change that is made by one transaction, which reads its key before it writes anything."""

    #: None for one without a key.
    key_id: str | None
    #: Called in the transaction with the key, None if there is none; what it raises undoes everything. It may be called
    #: again, and calls no port except the clock.
    require: Callable[[ApiKey | None], None]


class ApiKeys(Protocol):
    """Keys are changed by :meth:`change` only, with their entries in the same transaction.

    A transaction that has read a key, for a job (``JobTransaction.api_key``) or an :class:`Asker`, is committed before
    the key changes, or after.
    """

    @abstractmethod
    def get(self, key_id: str) -> ApiKey | None:
        """Return a key of any owner, alive or not, or None. Ids are compared exactly: case counts."""

    @abstractmethod
    def among(self, key_ids: Sequence[str]) -> Mapping[str, ApiKey]:
        """Return the keys of any owners with these ids, up to 10,000 of them, as :meth:`get` does, with one query."""

    @abstractmethod
    def list(self, owner: str | None, after: KeyCursor | None, limit: int) -> Sequence[ApiKey]:
        """Return the keys of an owner, or of all owners, after the cursor, newest first; the dead ones too."""

    @abstractmethod
    def change(self, owner: str, now: datetime, decide: Callable[[Sequence[ApiKey]], KeyChange]) -> Sequence[ApiKey]:
        """Write what ``decide`` returns for the owner's keys that are alive at ``now``; return the keys written.

        Changes of one owner's keys run one after the other. ``decide`` gets at most 1,000 keys, by id. It calls no
        port, and may be called again from the start. If it raises, nothing is written and the error propagates. Raises
        ``DatabaseUnavailable`` if nothing was written, and ``CommitUnknown`` if that is unknown.
        """

    @abstractmethod
    def touch(self, key_id: str, at: datetime) -> None:
        """Note that a key was used, unless a later use is noted. An unknown id is ignored."""

    @abstractmethod
    def any_alive(self, now: datetime) -> bool:
        """Return whether any owner has a key that is alive at ``now``."""

    @abstractmethod
    def history(self, owner: str, after: EntryCursor | None, limit: int) -> Sequence[KeyEntry]:
        """Return the entries of an owner after the cursor, by instant, then event id."""

    @abstractmethod
    def unlogged(self, limit: int) -> Sequence[KeyEntry]:
        """Return up to ``limit`` entries of all owners that are not marked as logged, oldest first."""

    @abstractmethod
    def mark_logged(self, entries: Sequence[KeyEntry], at: datetime) -> None:
        """Mark entries as written to the log outside the database. Entries that are gone are ignored."""

    @abstractmethod
    def forget(self, before: datetime, limit: int) -> int:
        """Delete up to ``limit`` entries older than ``before``, and as many keys that ended before it.

        Returns the larger of the two numbers.
        """
