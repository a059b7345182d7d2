"""Whose messages are handed out next: groups in turn, at a cost that does not grow with the backlog."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import Instant
from adapters.sql.tables import QUEUE, QUEUE_GROUPS
from ocrcore.ports.queue import Received

# The groups that have a visible message, those first that were served longest ago.
_FIRST_VISIBLE_AT: Final = (  # of a group: one look into the index, where EXISTS may be planned as a reading of it all
    sa.select(QUEUE.c.visible_at)
    .where(QUEUE.c.group_name == QUEUE_GROUPS.c.name)
    .order_by(QUEUE.c.visible_at)
    .limit(1)
    .scalar_subquery()
)
_VISIBLE: Final = sa.bindparam("now", type_=Instant) >= _FIRST_VISIBLE_AT
_READY: Final = (
    sa.select(QUEUE_GROUPS.c.name)
    .where(_VISIBLE)
    .order_by(QUEUE_GROUPS.c.served, QUEUE_GROUPS.c.name)
    .limit(sa.bindparam("limit"))
)
_ANY_VISIBLE: Final = sa.select(sa.literal(1)).select_from(QUEUE_GROUPS).where(_VISIBLE).limit(1)
#: The number of the latest turn.
LAST_TURN: Final = sa.select(sa.func.max(QUEUE_GROUPS.c.served))
_SERVED: Final = (
    sa.update(QUEUE_GROUPS).where(QUEUE_GROUPS.c.name == sa.bindparam("group")).values(served=sa.bindparam("turn"))
)


def has_visible(connection: sa.Connection, now: datetime) -> bool:
    """Tell whether some message is visible."""
    return connection.execute(_ANY_VISIBLE, {"now": now}).first() is not None


def hand_out(connection: sa.Connection, limit: int, now: datetime, hidden_until: datetime) -> Sequence[Received]:
    """Hide up to ``limit`` visible messages and return them."""
    names = connection.execute(_READY, {"now": now, "limit": limit}).scalars().all()
    if not names:
        return []
    turns = _turns(connection, names, limit, now)
    ids = [number for _, number in turns]
    connection.execute(
        sa.update(QUEUE)
        .where(QUEUE.c.id.in_(ids))
        .values(visible_at=hidden_until, receive_count=QUEUE.c.receive_count + 1)
    )
    last = connection.execute(LAST_TURN).scalar_one()
    served = {name: last + turn for turn, (name, _) in enumerate(turns, start=1)}
    connection.execute(_SERVED, [{"group": name, "turn": turn} for name, turn in served.items()])
    return _read(connection, ids)


def _turns(connection: sa.Connection, names: Sequence[str], limit: int, now: datetime) -> list[tuple[str, int]]:
    """Return (group, message) in the order in which they are served."""
    firsts = sa.union_all(*(sa.select(_first_of(name, limit, now)) for name in names))
    waiting: dict[str, list[int]] = {name: [] for name in names}
    for row in connection.execute(firsts):
        waiting[row.group_name].append(row.id)
    return list(islice(_in_turn(waiting), limit))


def _first_of(name: str, limit: int, now: datetime) -> sa.Subquery:
    return (
        sa.select(QUEUE.c.group_name, QUEUE.c.id)
        .where(QUEUE.c.group_name == name, QUEUE.c.visible_at <= now)
        .order_by(QUEUE.c.visible_at, QUEUE.c.id)
        .limit(limit)
        .subquery()
    )


def _in_turn(waiting: dict[str, list[int]]) -> Iterator[tuple[str, int]]:
    for place in range(max(map(len, waiting.values()))):
        for name, numbers in waiting.items():
            if place < len(numbers):
                yield name, numbers[place]


def _read(connection: sa.Connection, ids: Sequence[int]) -> Sequence[Received]:
    wanted = sa.select(QUEUE.c.id, QUEUE.c.body, QUEUE.c.receive_count, QUEUE.c.trace).where(QUEUE.c.id.in_(ids))
    rows = {row.id: row for row in connection.execute(wanted)}
    return [_received(rows[number]) for number in ids]


def _received(row: sa.Row[int, str, int, str]) -> Received:
    return Received(str(row.id), f"{row.id}.{row.receive_count}", row.body, row.receive_count, row.trace)
