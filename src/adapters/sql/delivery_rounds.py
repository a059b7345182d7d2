"""Rounds: the subgroups of a group in turn, by the rule of ``ocrcore.domain.fairness``.

The messages of a group are read in the order of ``visible_at``, by its index. A message that waits for its first
delivery is visible whatever the clock says, so its ``visible_at`` holds its round: a microsecond after the beginning of
1970 for each. So rounds need no index of their own, and release 0.1, which knows nothing of them, serves messages in
this order, too.

Behind all rounds come the messages that became visible by time: those that were delivered before, and those that
release 0.1 sent. So that they do not wait for ever, each receive puts those that it saw and left into the next round.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from more_itertools import chunked

from adapters.sql.tables import QUEUE
from ocrcore.domain.fairness import next_round
from ocrcore.ports.queue import Outgoing

_FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(microseconds=1)
#: All rounds are before this instant, and all others after it.
_END: Final = datetime(2000, 1, 1, tzinfo=UTC)
#: Subgroups per SELECT statement.
_AT_ONCE: Final = 100
_MOVE: Final = (
    sa.update(QUEUE).where(QUEUE.c.id == sa.bindparam("number")).values(visible_at=sa.bindparam("as_of_round"))
)
_COLUMNS: Final = (
    *(QUEUE.c.group_name, QUEUE.c.subgroup, QUEUE.c.visible_at),
    *(QUEUE.c.id, QUEUE.c.body, QUEUE.c.receive_count, QUEUE.c.trace),
)
Place = tuple[str, str]


def rounds_of(connection: sa.Connection, messages: Sequence[Outgoing]) -> Sequence[datetime]:
    """Return for each message that is to be sent its round, as ``visible_at``. Costs a statement for 100 subgroups."""
    current: dict[Place, int | None] = {}
    last: dict[Place, int | None] = {}
    for some in chunked(dict.fromkeys(map(_place, messages)), _AT_ONCE):
        given = {f"group_{number}": group for number, (group, _) in enumerate(some)}
        given |= {f"subgroup_{number}": subgroup for number, (_, subgroup) in enumerate(some)}
        for row in connection.execute(_known(len(some)), given):
            current[some[row.number]] = _round(row.current)
            last[some[row.number]] = _round(row.last)
    return _assigned(messages, current, last)


def first_rounds(messages: Sequence[Outgoing]) -> Sequence[datetime]:
    """Return the same of messages whose groups have no others."""
    return _assigned(messages, {}, {})


def _assigned(
    messages: Sequence[Outgoing], current: Mapping[Place, int | None], last: dict[Place, int | None]
) -> Sequence[datetime]:
    rounds: list[int] = []
    for place in map(_place, messages):
        rounds.append(next_round(current.get(place), last.get(place)))
        last[place] = rounds[-1]
    return [_instant(number) for number in rounds]


def _place(message: Outgoing) -> Place:
    return message.group, message.subgroup or ""


def first_messages(connection: sa.Connection, names: Sequence[str], limit: int, now: datetime) -> Iterable[sa.Row[Any]]:
    """Return the first messages of each group: up to ``limit`` in rounds, and as many that became visible by time."""
    given = {f"group_{number}": name for number, name in enumerate(names)}
    return connection.execute(_firsts(len(names)), {"limit": limit, "now": now, **given})


class Waiting:
    """The first messages of a group, by :func:`first_messages`, in the order of delivery."""

    def __init__(self, rows: Iterable[sa.Row[Any]]) -> None:
        in_order = sorted(rows, key=lambda row: (row.visible_at, row.id))
        current = _round(in_order[0].visible_at) if in_order else None
        #: Id -> the next round, as ``visible_at``, of a message that is in none; empty if all are in none.
        self.moved: dict[int, datetime] = {}
        last: dict[str | None, int] = {}
        for row in in_order if current is not None else ():
            if _round(row.visible_at) is None:
                last[row.subgroup] = next_round(current, last.get(row.subgroup))
                self.moved[row.id] = _instant(last[row.subgroup])
        self.rows = sorted(in_order, key=lambda row: (self.moved.get(row.id, row.visible_at), row.id))


def put_into_rounds(connection: sa.Connection, moved: dict[int, datetime]) -> None:
    """Write the rounds of messages that were in none."""
    if moved:
        connection.execute(_MOVE, [{"number": number, "as_of_round": at} for number, at in moved.items()])


@cache
def _firsts(count: int) -> sa.CompoundSelect[Any]:
    """Return the query for the first messages of so many groups. To make it takes as long as to run it."""
    found = []
    for number in range(count):
        for when in (QUEUE.c.visible_at < _END, QUEUE.c.visible_at.between(_END, sa.bindparam("now"))):
            of_group = sa.select(*_COLUMNS).where(QUEUE.c.group_name == sa.bindparam(f"group_{number}"), when)
            in_order = of_group.order_by(QUEUE.c.visible_at, QUEUE.c.id).limit(sa.bindparam("limit"))
            found.append(sa.select(in_order.subquery()))
    return sa.union_all(*found)


@cache
def _known(count: int) -> sa.CompoundSelect[Any]:
    """Return the query for the current rounds of so many groups, and the last ones of subgroups."""
    found = []
    for number in range(count):
        is_of_group = QUEUE.c.group_name == sa.bindparam(f"group_{number}")
        is_of_subgroup = QUEUE.c.subgroup == sa.bindparam(f"subgroup_{number}")
        current = sa.select(QUEUE.c.visible_at).where(is_of_group, QUEUE.c.visible_at < _END)
        newest = sa.select(sa.func.max(QUEUE.c.id)).where(is_of_group, is_of_subgroup).scalar_subquery()
        found.append(
            sa.select(
                sa.literal(number).label("number"),
                current.order_by(QUEUE.c.visible_at).limit(1).scalar_subquery().label("current"),
                sa.select(QUEUE.c.visible_at).where(QUEUE.c.id == newest).scalar_subquery().label("last"),
            )
        )
    return sa.union_all(*found)


def _instant(number: int) -> datetime:
    return _FIRST + number * _STEP


def _round(at: datetime | None) -> int | None:
    """Return the round of a message by its ``visible_at``; None if it is in none any more."""
    return None if at is None or at >= _END else (at - _FIRST) // _STEP
