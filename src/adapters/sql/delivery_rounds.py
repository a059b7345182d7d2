"""Rounds: the subgroups of a group in turn, by the rule of ``ocrcore.domain.fairness``.

The messages of a group are read in the order of ``visible_at``, by its index. A message that waits for its first
delivery is visible whatever the clock says, so its ``visible_at`` holds its round: a microsecond after the beginning of
1970 for each. So rounds need no index of their own, and release 0.1, which knows nothing of them, serves messages in
this order, too.

Behind all rounds come the messages that became visible by time: those that were delivered before, and those that
release 0.1 sent. So that they do not wait for ever, each receive puts as many of a group into rounds as it hands out
of that group, each behind its subgroup's last.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
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
    sa.update(QUEUE)
    .where(QUEUE.c.id == sa.bindparam("number"))
    .values(visible_at=sa.bindparam("as_of_round"), subgroup=sa.func.coalesce(QUEUE.c.subgroup, ""))
)
_COLUMNS: Final = (
    *(QUEUE.c.group_name, QUEUE.c.subgroup, QUEUE.c.visible_at),
    *(QUEUE.c.id, QUEUE.c.body, QUEUE.c.receive_count, QUEUE.c.trace),
)
Place = tuple[str, str]


def rounds_of(connection: sa.Connection, messages: Sequence[Outgoing]) -> Sequence[datetime]:
    """Return for each message that is to be sent its round, as ``visible_at``. Costs a statement for 100 subgroups."""
    known = _read_rounds(connection, dict.fromkeys(map(_place, messages)))
    current = {place: now for place, (now, _) in known.items()}
    return _assigned(messages, current, {place: last for place, (_, last) in known.items()})


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


def _read_rounds(connection: sa.Connection, places: Iterable[Place]) -> dict[Place, tuple[int | None, int | None]]:
    """Return for each subgroup the current round of its group, and its own last one."""
    read: dict[Place, tuple[int | None, int | None]] = {}
    for some in chunked(places, _AT_ONCE):
        given = {f"group_{number}": group for number, (group, _) in enumerate(some)}
        given |= {f"subgroup_{number}": subgroup for number, (_, subgroup) in enumerate(some)}
        for row in connection.execute(_known(len(some)), given):
            read[some[row.number]] = (_round(row.current), _round(row.last))
    return read


def _place(message: Outgoing) -> Place:
    return message.group, message.subgroup or ""


def _place_of(row: sa.Row[Any]) -> Place:
    return row.group_name, row.subgroup or ""


def first_messages(connection: sa.Connection, names: Sequence[str], limit: int, now: datetime) -> Iterable[sa.Row[Any]]:
    """Return the first messages of each group: up to ``limit`` in rounds, and as many that became visible by time."""
    given = {f"group_{number}": name for number, name in enumerate(names)}
    return connection.execute(_firsts(len(names)), {"limit": limit, "now": now, **given})


class Waiting:
    """The first messages of a group, by :func:`first_messages`."""

    def __init__(self, rows: Iterable[sa.Row[Any]]) -> None:
        self._by_age = sorted(rows, key=lambda row: (row.visible_at, row.id))
        self._current = _round(self._by_age[0].visible_at) if self._by_age else None
        self._rounds: dict[int, datetime] = {}

    @property
    def came_back(self) -> Iterable[Place]:
        """The subgroups with messages in no round, if others are in one: where all are in none, age is the order."""
        if self._current is None:
            return ()
        return dict.fromkeys(_place_of(row) for row in self._by_age if _round(row.visible_at) is None)

    def in_order(self, last: dict[Place, int | None]) -> Sequence[sa.Row[Any]]:
        """Return the messages in the order of delivery, given the last round of each subgroup that came back."""
        for row in self._by_age if self._current is not None else ():
            if _round(row.visible_at) is None:
                place = _place_of(row)
                last[place] = number = next_round(self._current, last.get(place))
                self._rounds[row.id] = _instant(number)
        return sorted(self._by_age, key=lambda row: (self._rounds.get(row.id, row.visible_at), row.id))

    def moved(self, taken: Collection[int]) -> dict[int, datetime]:
        """Return the rounds of messages that were in none and are left: of as many as were taken of the group."""
        left = {number: at for number, at in self._rounds.items() if number not in taken}
        return dict(islice(left.items(), sum(row.id in taken for row in self._by_age)))


def last_rounds(connection: sa.Connection, places: Iterable[Place]) -> dict[Place, int | None]:
    """Return the last round of each subgroup; None if it has no message in one. Costs no statement for no subgroup."""
    return {place: last for place, (_, last) in _read_rounds(connection, places).items()}


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
        last = sa.select(QUEUE.c.visible_at).where(is_of_group, is_of_subgroup, QUEUE.c.visible_at < _END)
        found.append(
            sa.select(
                sa.literal(number).label("number"),
                current.order_by(QUEUE.c.visible_at).limit(1).scalar_subquery().label("current"),
                last.order_by(QUEUE.c.visible_at.desc()).limit(1).scalar_subquery().label("last"),
            )
        )
    return sa.union_all(*found)


def _instant(number: int) -> datetime:
    return _FIRST + number * _STEP


def _round(at: datetime | None) -> int | None:
    """Return the round of a message by its ``visible_at``; None if it is in none any more."""
    return None if at is None or at >= _END else (at - _FIRST) // _STEP
