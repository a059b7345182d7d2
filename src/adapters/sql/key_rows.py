"""Conversion between rows and API keys, and the entries of owners' histories."""

import json
from dataclasses import fields
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import RowMapping

from adapters.sql.tables import API_KEYS
from ocrcore.domain.api_key import ApiKey, format_scopes, known_scopes
from ocrcore.domain.audit import named
from ocrcore.domain.key_entry import KeyAction, KeyEntry
from ocrcore.ports.api_keys import Asker

#: Shared, so that many transactions may read one key at a time, and only its revocation waits for them.
_LOCK_KEY: Final = sa.select(API_KEYS).where(API_KEYS.c.id == sa.bindparam("key")).with_for_update(read=True)


def locked_key(connection: sa.Connection, key_id: str) -> ApiKey | None:
    """Return an API key, or None. Its row is locked, so it is not revoked before the commit."""
    row = connection.execute(_LOCK_KEY, {"key": key_id}).mappings().first()
    return None if row is None else api_key_of(row)


def require_asker(connection: sa.Connection, asker: Asker | None) -> None:
    """Raise what the asker of a transaction requires of its key, which is locked."""
    if asker is not None:
        asker.require(None if asker.key_id is None else locked_key(connection, asker.key_id))


def api_key_row(key: ApiKey) -> dict[str, Any]:
    """Return the columns of an API key."""
    return {
        "id": key.id,
        "owner": key.owner,
        "name": key.name,
        "hash": key.hash,
        "scopes": format_scopes(key.scopes),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "revoked_by": key.revoked_by,
        "session_epoch": key.session_epoch,
        "rotated_at": key.rotated_at,
        "end_before_rotation": key.end_before_rotation,
    }


def api_key_of(row: RowMapping) -> ApiKey:
    """Return the API key of a row."""
    return ApiKey(**{**row, "scopes": known_scopes(row["scopes"])})


def key_entry_row(entry: KeyEntry) -> dict[str, Any]:
    """Return the columns of an entry of an owner's history."""
    return {
        "owner": entry.owner,
        "at": entry.at,
        "event_id": entry.event_id,
        "action": str(entry.action),
        "actor": entry.actor,
        "detail": json.dumps(dict(entry.detail)),
    }


def key_entry_of(row: RowMapping) -> KeyEntry:
    """Return the entry of a row."""
    known = {field.name: row[field.name] for field in fields(KeyEntry)}
    return KeyEntry(**{**known, "action": named(KeyAction, row["action"]), "detail": json.loads(row["detail"])})
