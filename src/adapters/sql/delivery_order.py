"""The order of delivery: groups in turn, each in rounds, at a cost that does not grow with the waiting messages."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice, zip_longest
from typing import Any, Final

import sqlalchemy as sa

from adapters.sql.delivery_rounds import Waiting, first_messages, last_rounds, put_into_rounds
from adapters.sql.dialects import Instant
from adapters.sql.tables import QUEUE, QUEUE_GROUPS
from ocrcore.ports.queue import Received

# The groups with a visible message, least recently served first.
_FIRST_VISIBLE_AT: Final = (  # of a group: one index lookup, whereas EXISTS may be planned as a full scan
    sa.select(QUEUE.c.visible_at)
    .where(QUEUE.c.group_name == QUEUE_GROUPS.c.name)
    .order_by(QUEUE.c.visible_at)
    .limit(1)
    .scalar_subquery()
)
_VISIBLE: Final = sa.bindparam("now", type_=Instant) >= _FIRST_VISIBLE_AT
#: The number of the latest turn.
LAST_TURN: Final = sa.select(sa.func.max(QUEUE_GROUPS.c.served))
_READY: Final = (
    sa.select(QUEUE_GROUPS.c.name, QUEUE_GROUPS.c.served, LAST_TURN.scalar_subquery().label("last_turn"))
    .where(_VISIBLE)
    .order_by(QUEUE_GROUPS.c.served, QUEUE_GROUPS.c.name)
    .limit(sa.bindparam("limit"))
)
_ANY_VISIBLE: Final = sa.select(sa.literal(1)).select_from(QUEUE_GROUPS).where(_VISIBLE).limit(1)
_SERVED: Final = (
    sa.update(QUEUE_GROUPS).where(QUEUE_GROUPS.c.name == sa.bindparam("group")).values(served=sa.bindparam("turn"))
)


def has_visible(connection: sa.Connection, now: datetime) -> bool:
    """Return whether any message is visible."""
    return connection.execute(_ANY_VISIBLE, {"now": now}).first() is not None


def hand_out(connection: sa.Connection, limit: int, now: datetime, hidden_until: datetime) -> Sequence[Received]:
    """Hide up to ``limit`` visible messages and return them."""
    ready = connection.execute(_READY, {"now": now, "limit": limit}).all()
    if not ready:
        return []
    waiting = _waiting(connection, [group.name for group in ready], limit, now)
    last = last_rounds(connection, [place for group in waiting for place in group.came_back])
    rounds = zip_longest(*(group.in_order(last) for group in waiting))
    served = list(islice((row for turns in rounds for row in turns if row is not None), limit))
    connection.execute(
        sa.update(QUEUE)
        .where(QUEUE.c.id.in_([row.id for row in served]))
        .values(visible_at=hidden_until, receive_count=QUEUE.c.receive_count + 1)
    )
    taken = {row.id for row in served}
    put_into_rounds(connection, {number: at for group in waiting for number, at in group.moved(taken).items()})
    if len(ready) == 1 and ready[0].served == ready[0].last_turn:
        return [_received(row) for row in served]  # a group that waits alone was served last, and stays so
    turns = {row.group_name: turn for turn, row in enumerate(served, start=ready[0].last_turn + 1)}
    connection.execute(_SERVED, [{"group": name, "turn": turn} for name, turn in turns.items()])
    return [_received(row) for row in served]


def _waiting(connection: sa.Connection, names: Sequence[str], limit: int, now: datetime) -> Sequence[Waiting]:
    """Return the first messages of each group."""
    rows: dict[str, list[sa.Row[Any]]] = {name: [] for name in names}
    for row in first_messages(connection, names, limit, now):
        rows[row.group_name].append(row)
    return [Waiting(of_group) for of_group in rows.values()]


def _received(row: sa.Row[Any]) -> Received:
    receives = row.receive_count + 1  # the row was read before this receive was counted
    return Received(str(row.id), f"{row.id}.{receives}", row.body, receives, row.trace, row.group_name)
