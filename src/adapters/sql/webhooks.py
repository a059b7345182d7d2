"""Webhooks as a table."""

from collections.abc import Callable, Sequence
from typing import Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.key_rows import key_entry_row, require_asker
from adapters.sql.tables import KEY_ENTRIES, WEBHOOKS
from adapters.sql.webhook_rows import webhook_of, webhook_row
from ocrcore.domain.webhook import Webhook
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.webhooks import WebhookChange, WebhookCursor, Webhooks

#: The lock of all changes: they are rare, and a lock of each owner could not be named after every owner.
_LOCK: Final = "webhooks"


class SqlWebhooks(Webhooks):
    """The webhooks of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, webhook_id: UUID) -> Webhook | None:
        """Return a webhook, or None."""
        wanted = sa.select(WEBHOOKS).where(WEBHOOKS.c.id == webhook_id)
        with self._database.reading() as connection:
            row = connection.execute(wanted).mappings().first()
        return None if row is None else webhook_of(row)

    def list(self, owner: str, after: WebhookCursor | None, limit: int) -> Sequence[Webhook]:
        """Return the webhooks of an owner after the cursor, newest first."""
        hooks = WEBHOOKS.c
        wanted = sa.select(WEBHOOKS).where(hooks.owner == owner)
        if after is not None:
            same_instant = (hooks.created_at == after.created_at) & (hooks.id < after.id)
            older = (hooks.created_at < after.created_at) | same_instant
            wanted = wanted.where(hooks.created_at <= after.created_at, older)
        ordered = wanted.order_by(hooks.created_at.desc(), hooks.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [webhook_of(row) for row in connection.execute(ordered).mappings()]

    def change(
        self, owner: str, decide: Callable[[Sequence[Webhook]], WebhookChange], *, asker: Asker | None = None
    ) -> WebhookChange:
        """Write what ``decide`` returns for the owner's webhooks."""
        own = sa.select(WEBHOOKS).where(WEBHOOKS.c.owner == owner).order_by(WEBHOOKS.c.id)

        def write(connection: sa.Connection) -> WebhookChange:
            require_asker(connection, asker)
            change = decide([webhook_of(row) for row in connection.execute(own).mappings()])
            if change.add is not None:
                connection.execute(sa.insert(WEBHOOKS).values(webhook_row(change.add)))
            if change.remove is not None:
                connection.execute(sa.delete(WEBHOOKS).where(WEBHOOKS.c.id == change.remove))
            if change.entries:
                connection.execute(sa.insert(KEY_ENTRIES), [key_entry_row(entry) for entry in change.entries])
            return change

        return self._database.write(write, alone_with=_LOCK)
