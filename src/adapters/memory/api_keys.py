"""API keys in memory."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from adapters.memory.database import MemoryDatabase
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.ports.api_keys import ApiKeys, EntryCursor, KeyChange, KeyCursor


class MemoryApiKeys(ApiKeys):
    """The keys of a :class:`MemoryDatabase`."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    def get(self, key_id: str) -> ApiKey | None:
        """Return a key, or None."""
        with self._database.reading:
            return self._database.api_keys.get(key_id)

    def among(self, key_ids: Sequence[str]) -> Mapping[str, ApiKey]:
        """Return the keys with these ids."""
        with self._database.reading:
            keys = self._database.api_keys
            return {key_id: keys[key_id] for key_id in key_ids if key_id in keys}

    def list(self, owner: str | None, after: KeyCursor | None, limit: int) -> Sequence[ApiKey]:
        """Return keys after the cursor, newest first."""
        with self._database.reading:
            keys = [key for key in self._database.api_keys.values() if owner in {None, key.owner}]
        keys.sort(key=lambda key: (key.created_at, key.id), reverse=True)
        older = (key for key in keys if after is None or (key.created_at, key.id) < (after.created_at, after.id))
        return [key for key, _ in zip(older, range(limit), strict=False)]

    def change(self, owner: str, now: datetime, decide: Callable[[Sequence[ApiKey]], KeyChange]) -> Sequence[ApiKey]:
        """Write what ``decide`` returns for the owner's keys that are alive."""
        with self._database.writing:
            own = (key for key in self._database.api_keys.values() if key.owner == owner and key.is_alive(now))
            change = decide(sorted(own, key=lambda key: key.id)[:1000])
            with self._database.reading:
                self._database.put_keys(change.keys, change.entries)
        return change.keys

    def touch(self, key_id: str, at: datetime) -> None:
        """Note that a key was used."""
        with self._database.exclusive():
            key = self._database.api_keys.get(key_id)
            if key is not None and (key.last_used_at is None or key.last_used_at < at):
                self._database.api_keys[key_id] = replace(key, last_used_at=at)

    def any_alive(self, now: datetime) -> bool:
        """Return whether any owner has a key that is alive."""
        with self._database.reading:
            return any(key.is_alive(now) for key in self._database.api_keys.values())

    def history(self, owner: str, after: EntryCursor | None, limit: int) -> Sequence[KeyEntry]:
        """Return the entries of an owner after the cursor."""
        with self._database.reading:
            entries = [entry for entry in self._database.key_entries.values() if entry.owner == owner]
        entries.sort(key=lambda entry: (entry.at, entry.event_id))
        return [e for e in entries if after is None or (e.at, e.event_id) > (after.at, after.event_id)][:limit]

    def unlogged(self, limit: int) -> Sequence[KeyEntry]:
        """Return the oldest entries that are not marked."""
        with self._database.reading:
            left = self._database.key_entries.keys() - self._database.logged
            entries = [self._database.key_entries[place] for place in left]
        return sorted(entries, key=lambda entry: (entry.at, entry.owner, entry.event_id))[:limit]

    def mark_logged(self, entries: Sequence[KeyEntry], at: datetime) -> None:  # noqa: ARG002 - nobody asks when
        """Mark entries."""
        with self._database.exclusive():
            places = {(entry.owner, entry.at, entry.event_id) for entry in entries}
            self._database.logged |= places & self._database.key_entries.keys()

    def forget(self, before: datetime, limit: int) -> int:
        """Delete old entries, and keys that ended long ago."""
        with self._database.exclusive():
            entries = sorted(place for place in self._database.key_entries if place[1] < before)[:limit]
            keys = sorted(key.id for key in self._database.api_keys.values() if _ended(key, before))[:limit]
            for place in entries:
                del self._database.key_entries[place]
                self._database.logged.discard(place)
            for key_id in keys:
                del self._database.api_keys[key_id]
        return max(len(entries), len(keys))


def _ended(key: ApiKey, before: datetime) -> bool:
    return any(end is not None and end < before for end in (key.revoked_at, key.expires_at))
