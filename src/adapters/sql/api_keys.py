"""API keys as tables."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.key_rows import api_key_of, api_key_row, key_entry_of, key_entry_row
from adapters.sql.tables import API_KEYS, KEY_ENTRIES
from ocrcore.domain.api_key import ApiKey
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.ports.api_keys import ApiKeys, EntryCursor, KeyChange, KeyCursor

#: Most keys that a decision gets.
_MOST: Final = 1000
#: What a change of a key that is there may change.
_CHANGEABLE: Final = (
    *("expires_at", "revoked_at", "revoked_by", "session_epoch"),
    *("rotated_at", "end_before_rotation"),
)
#: The lock of all changes: they are rare, and a lock of each owner could not be named after every owner.
_LOCK: Final = "api-keys"
_GET: Final = sa.select(API_KEYS).where(API_KEYS.c.id == sa.bindparam("key"))

_AMONG: Final = sa.select(API_KEYS).where(API_KEYS.c.id.in_(sa.bindparam("keys", expanding=True)))


class SqlApiKeys(ApiKeys):
    """The keys of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key_id: str) -> ApiKey | None:
        """Return a key, or None."""
        with self._database.reading() as connection:
            row = connection.execute(_GET, {"key": key_id}).mappings().first()
        return None if row is None else api_key_of(row)

    def among(self, key_ids: Sequence[str]) -> Mapping[str, ApiKey]:
        """Return the keys with these ids."""
        with self._database.reading() as connection:
            rows = connection.execute(_AMONG, {"keys": list(key_ids)}).mappings().all()
        return {row["id"]: api_key_of(row) for row in rows}

    def list(self, owner: str | None, after: KeyCursor | None, limit: int) -> Sequence[ApiKey]:
        """Return keys after the cursor, newest first."""
        wanted = sa.select(API_KEYS).order_by(API_KEYS.c.created_at.desc(), API_KEYS.c.id.desc()).limit(limit)
        if owner is not None:
            wanted = wanted.where(API_KEYS.c.owner == owner)
        if after is not None:
            same_instant = (API_KEYS.c.created_at == after.created_at) & (API_KEYS.c.id < after.id)
            older = (API_KEYS.c.created_at < after.created_at) | same_instant
            wanted = wanted.where(API_KEYS.c.created_at <= after.created_at, older)
        with self._database.reading() as connection:
            return [api_key_of(row) for row in connection.execute(wanted).mappings()]

    def change(self, owner: str, now: datetime, decide: Callable[[Sequence[ApiKey]], KeyChange]) -> Sequence[ApiKey]:
        """Write what ``decide`` returns for the owner's keys that are alive."""
        own = sa.select(API_KEYS).where(API_KEYS.c.owner == owner, *_alive(now)).order_by(API_KEYS.c.id).limit(_MOST)

        def write(connection: sa.Connection) -> Sequence[ApiKey]:
            found = connection.execute(own.with_for_update()).mappings()
            change = decide([api_key_of(row) for row in found])
            for key in change.keys:
                row = api_key_row(key)
                del row["last_used_at"]  # that of ``touch``
                changed = {name: row[name] for name in _CHANGEABLE}
                update = sa.update(API_KEYS).where(API_KEYS.c.id == key.id).values(changed)
                if not connection.execute(update).rowcount:
                    connection.execute(sa.insert(API_KEYS).values(row))
            if change.entries:
                connection.execute(sa.insert(KEY_ENTRIES), [key_entry_row(entry) for entry in change.entries])
            return change.keys

        return self._database.write(write, alone_with=_LOCK)

    def touch(self, key_id: str, at: datetime) -> None:
        """Note that a key was used."""
        is_later = API_KEYS.c.last_used_at.is_(None) | (API_KEYS.c.last_used_at < at)
        statement = sa.update(API_KEYS).where(API_KEYS.c.id == key_id, is_later).values(last_used_at=at)
        self._database.write(lambda connection: connection.execute(statement))

    def any_alive(self, now: datetime) -> bool:
        """Return whether any owner has a key that is alive."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(API_KEYS.c.id).where(*_alive(now)).limit(1)).first() is not None

    def history(self, owner: str, after: EntryCursor | None, limit: int) -> Sequence[KeyEntry]:
        """Return the entries of an owner after the cursor."""
        entries = KEY_ENTRIES.c
        wanted = sa.select(KEY_ENTRIES).where(entries.owner == owner).order_by(entries.at, entries.event_id)
        if after is not None:
            same_instant = (entries.at == after.at) & (entries.event_id > after.event_id)
            wanted = wanted.where(entries.at >= after.at, (entries.at > after.at) | same_instant)
        with self._database.reading() as connection:
            return [key_entry_of(row) for row in connection.execute(wanted.limit(limit)).mappings()]

    def unlogged(self, limit: int) -> Sequence[KeyEntry]:
        """Return the oldest entries that are not marked."""
        entries = KEY_ENTRIES.c
        wanted = sa.select(KEY_ENTRIES).where(entries.logged_at.is_(None)).order_by(entries.at).limit(limit)
        with self._database.reading() as connection:
            return [key_entry_of(row) for row in connection.execute(wanted).mappings()]

    def mark_logged(self, entries: Sequence[KeyEntry], at: datetime) -> None:
        """Mark entries."""
        if not entries:
            return
        names = [column.name for column in KEY_ENTRIES.primary_key]
        same = [KEY_ENTRIES.c[name] == sa.bindparam(f"the_{name}") for name in names]
        update = sa.update(KEY_ENTRIES).where(*same).values(logged_at=at)
        rows = [{f"the_{name}": getattr(entry, name) for name in names} for entry in entries]
        self._database.write(lambda connection: connection.execute(update, rows))

    def forget(self, before: datetime, limit: int) -> int:
        """Delete old entries, and keys that ended long ago."""
        names = [column.name for column in KEY_ENTRIES.primary_key]
        old = sa.select(*KEY_ENTRIES.primary_key, sa.null().label("key")).where(KEY_ENTRIES.c.at < before)
        ended = sa.select(*(sa.null().label(name) for name in names), API_KEYS.c.id.label("key")).where(
            (API_KEYS.c.revoked_at < before) | (API_KEYS.c.expires_at < before)
        )
        both = sa.union_all(*(sa.select(part.limit(limit).subquery()) for part in (old, ended)))  # every upkeep asks
        with self._database.reading() as connection:
            found = connection.execute(both).mappings().all()
        entries = [{f"the_{name}": row[name] for name in names} for row in found if row["key"] is None]
        keys = [{"the_id": row["key"]} for row in found if row["key"] is not None]

        def delete(connection: sa.Connection) -> None:
            for table, rows in ((KEY_ENTRIES, entries), (API_KEYS, keys)):
                if rows:
                    conditions = [table.c[name[4:]] == sa.bindparam(name) for name in rows[0]]
                    connection.execute(sa.delete(table).where(*conditions), rows)

        if entries or keys:
            self._database.write(delete)
        return max(len(entries), len(keys))


def _alive(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return API_KEYS.c.revoked_at.is_(None), API_KEYS.c.expires_at.is_(None) | (API_KEYS.c.expires_at > now)
