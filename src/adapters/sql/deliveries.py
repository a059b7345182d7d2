"""The outbox of webhooks as a table.

A lease locks the row of the webhook first, so leases of one webhook are taken one after the other, in all processes,
and the number of those under way can be counted. Whatever else changes a delivery does so on the condition that its
attempt is the one that was read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.key_rows import key_entry_row, require_asker
from adapters.sql.tables import DELIVERIES, KEY_ENTRIES, WEBHOOKS
from adapters.sql.webhook_rows import delivery_of, delivery_row, delivery_state, webhook_of
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.domain.webhook import Delivery, DeliveryStatus, Webhook
from ocrcore.ports.api_keys import Asker
from ocrcore.ports.deliveries import Deliveries, DeliveryCursor, DeliveryFigures, FailingWebhook, Leased

_IS_SHOWN: Final = sa.exists().where(WEBHOOKS.c.id == DELIVERIES.c.webhook_id)
_HAS_ENDED: Final = DELIVERIES.c.due_at.is_(None)
_OF_WEBHOOK: Final = DELIVERIES.c.webhook_id == sa.bindparam("webhook")
_IS_DUE: Final = DELIVERIES.c.due_at <= sa.bindparam("now")
#: Asked every second by each process that serves: one step in an index for each webhook.
_DUE: Final = (
    sa.select(WEBHOOKS.c.id, WEBHOOKS.c.owner)
    .where(sa.exists().where(DELIVERIES.c.webhook_id == WEBHOOKS.c.id, _IS_DUE))
    .limit(sa.bindparam("most"))
)
_LOCK_WEBHOOK: Final = sa.select(WEBHOOKS).where(WEBHOOKS.c.id == sa.bindparam("webhook")).with_for_update()
_IN_FLIGHT: Final = (
    sa.select(sa.func.count())
    .select_from(DELIVERIES)
    .where(_OF_WEBHOOK, DELIVERIES.c.lease_until > sa.bindparam("now"))
)
_NEXT: Final = sa.select(DELIVERIES).where(_OF_WEBHOOK, _IS_DUE).order_by(DELIVERIES.c.due_at, DELIVERIES.c.id).limit(1)
_OLDEST: Final = sa.select(DELIVERIES.c.due_at).where(_IS_DUE, _IS_SHOWN).order_by(DELIVERIES.c.due_at).limit(1)
_COUNTED: Final = (
    sa.select(DELIVERIES.c.status, sa.func.count().label("number")).where(_IS_SHOWN).group_by(DELIVERIES.c.status)
)


class SqlDeliveries(Deliveries):
    """The deliveries of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, now: datetime, limit: int) -> Mapping[UUID, str]:
        """Return webhooks with a delivery that is due."""
        with self._database.reading() as connection:
            rows = connection.execute(_DUE, {"now": now, "most": limit})
            return {row.id: row.owner for row in rows}

    def lease(self, webhook_id: UUID, now: datetime, most: int) -> Leased | None:
        """Begin an attempt on the delivery that is due longest."""

        def lease(connection: sa.Connection) -> Leased | None:
            hooked = connection.execute(_LOCK_WEBHOOK, {"webhook": webhook_id}).mappings().first()
            if hooked is None:
                return None
            what = {"webhook": webhook_id, "now": now}
            if (connection.execute(_IN_FLIGHT, what).scalar() or 0) >= most:
                return None
            row = connection.execute(_NEXT, what).mappings().first()
            if row is None:
                return None
            read = delivery_of(row)
            leased = read.leased(now)
            as_read = DELIVERIES.c.due_at == read.due_at  # it is removed, or made due anew, without the webhook's lock
            if not connection.execute(_change(read, delivery_state(leased)).where(as_read)).rowcount:
                return None
            return Leased(leased, webhook_of(hooked))

        return self._database.write(lease)

    def record(self, delivery: Delivery, webhook: Webhook | None = None, entries: Sequence[KeyEntry] = ()) -> bool:
        """Write how an attempt ended."""

        def record(connection: sa.Connection) -> bool:
            if webhook is not None:  # first, as a lease does
                connection.execute(_LOCK_WEBHOOK, {"webhook": webhook.id})
            ended = _change(delivery, delivery_state(delivery)).where(DELIVERIES.c.lease_until.is_not(None))
            if not connection.execute(ended).rowcount:
                return False
            if webhook is not None:
                changed = sa.update(WEBHOOKS).where(WEBHOOKS.c.id == webhook.id)
                connection.execute(changed.values(disabled_at=webhook.disabled_at))
            if entries:
                connection.execute(sa.insert(KEY_ENTRIES), [key_entry_row(entry) for entry in entries])
            return True

        return self._database.write(record)

    def add(self, delivery: Delivery, *, asker: Asker | None = None) -> None:
        """Write a delivery that belongs to no change of a job."""

        def insert(connection: sa.Connection) -> None:
            require_asker(connection, asker)
            connection.execute(sa.insert(DELIVERIES).values(delivery_row(delivery)))

        self._database.write(insert)

    def renew(
        self, webhook_id: UUID, delivery_id: UUID, now: datetime, *, asker: Asker | None = None
    ) -> Delivery | None:
        """Begin a new round of a delivery."""
        wanted = sa.select(DELIVERIES).where(DELIVERIES.c.id == delivery_id, DELIVERIES.c.webhook_id == webhook_id)

        def renew(connection: sa.Connection) -> Delivery | None:
            require_asker(connection, asker)
            row = connection.execute(wanted.with_for_update()).mappings().first()
            if row is None:
                return None
            read = delivery_of(row)
            renewed = read.again(now)
            if renewed != read:
                connection.execute(_change(read, delivery_state(renewed)))
            return renewed

        return self._database.write(renew)

    def list(self, webhook_id: UUID, after: DeliveryCursor | None, limit: int) -> Sequence[Delivery]:
        """Return the deliveries of a webhook after the cursor, newest first."""
        rows = DELIVERIES.c
        wanted = sa.select(DELIVERIES).where(rows.webhook_id == webhook_id, _IS_SHOWN)
        if after is not None:
            same_instant = (rows.created_at == after.created_at) & (rows.id < after.id)
            older = (rows.created_at < after.created_at) | same_instant
            wanted = wanted.where(rows.created_at <= after.created_at, older)
        ordered = wanted.order_by(rows.created_at.desc(), rows.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [delivery_of(row) for row in connection.execute(ordered).mappings()]

    def drop(self, webhook_id: UUID, limit: int) -> int:
        """Delete deliveries of a webhook that was removed."""
        return self._delete(sa.select(DELIVERIES.c.id).where(DELIVERIES.c.webhook_id == webhook_id).limit(limit))

    def forget(self, before: datetime, limit: int) -> int:
        """Delete deliveries of changes before the instant."""
        old = sa.select(DELIVERIES.c.id).where(DELIVERIES.c.created_at < before)
        ended = self._delete(old.where(_HAS_ENDED).limit(limit), _HAS_ENDED)  # some may be sent again meanwhile
        return ended + self._delete(old.where(~_IS_SHOWN).limit(limit - ended))

    def figures(self, now: datetime) -> DeliveryFigures:
        """Return the figures of all deliveries."""
        with self._database.reading() as connection:
            counted = {row.status: row.number for row in connection.execute(_COUNTED)}
            oldest = connection.execute(_OLDEST, {"now": now}).scalar()
        return DeliveryFigures({status: int(counted.get(status.value, 0)) for status in DeliveryStatus}, oldest)

    def failing(self, since: datetime, limit: int) -> Sequence[FailingWebhook]:
        """Return webhooks with deliveries that failed after the instant."""
        rows = DELIVERIES.c
        number = sa.func.count().label("number")
        failed = (
            sa.select(rows.webhook_id, number)
            .where(rows.status == DeliveryStatus.FAILED.value, rows.finished_at > since, _IS_SHOWN)
            .group_by(rows.webhook_id)
            .order_by(number.desc(), rows.webhook_id)
            .limit(limit)
        )
        with self._database.reading() as connection:
            numbers = {row.webhook_id: int(row.number) for row in connection.execute(failed)}
            named = sa.select(WEBHOOKS).where(WEBHOOKS.c.id.in_(list(numbers)))
            hooks = [webhook_of(row) for row in connection.execute(named).mappings()] if numbers else []
        found = [FailingWebhook(hook, numbers[hook.id]) for hook in hooks]
        return sorted(found, key=lambda each: (-each.failed, each.webhook.id))

    def _delete(self, wanted: sa.Select[Any], *conditions: sa.ColumnElement[bool]) -> int:
        with self._database.reading() as connection:
            ids = [{"the_id": found} for found in connection.execute(wanted).scalars()]
        if ids:
            one = sa.delete(DELIVERIES).where(DELIVERIES.c.id == sa.bindparam("the_id"), *conditions)
            self._database.write(lambda connection: connection.execute(one, ids))
        return len(ids)


def _change(read: Delivery, state: Mapping[str, Any]) -> sa.Update:
    """Return an update of a delivery on the condition that its latest attempt, of this round, is the one read."""
    same = (DELIVERIES.c.attempts == read.attempts) & (DELIVERIES.c.tries == read.tries)
    return sa.update(DELIVERIES).where(DELIVERIES.c.id == read.id, same).values(dict(state))
