"""The queue in the database: tables beside the state of record."""

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from threading import Condition
from typing import Final, TypeVar

import sqlalchemy as sa

from adapters.message_bodies import is_acceptable
from adapters.sql.database import Database
from adapters.sql.delivery_order import LAST_TURN, hand_out, has_visible
from adapters.sql.delivery_rounds import first_rounds, rounds_of
from adapters.sql.dialects import without_conflicts
from adapters.sql.tables import QUEUE, QUEUE_GROUPS
from ocrcore.domain.errors import CommitUnknown, DatabaseFull, DatabaseUnavailable, QueueFull, QueueUnavailable
from ocrcore.ports.clock import Clock
from ocrcore.ports.queue import Outgoing, Queue, Received

T = TypeVar("T")
_MOST: Final = 10
#: Longest time between two checks for messages of other processes, and for those made visible by time, in seconds.
_POLL: Final = 0.2
_RECEIPT: Final = re.compile(r"(\d{1,18})\.(\d{1,9})", re.ASCII)
_MINE: Final = (QUEUE.c.id == sa.bindparam("number"), QUEUE.c.receive_count == sa.bindparam("receives"))


_HIDE: Final = sa.update(QUEUE).where(*_MINE).values(visible_at=sa.bindparam("until"))
_DELETE: Final = sa.delete(QUEUE).where(*_MINE)
#: A new group takes its turn after the groups that already wait, but not after the one that was served last: one that
#: floods the queue has the last turn nearly always. A known group keeps its own turn.
_ADD_GROUP: Final = without_conflicts(
    sa.insert(QUEUE_GROUPS).from_select(
        ["name", "served"],
        sa.select(
            sa.bindparam("group", type_=QUEUE_GROUPS.c.name.type), sa.func.coalesce(LAST_TURN.scalar_subquery(), 0) - 1
        ),
    )
)
_DELETE_EMPTY_GROUPS: Final = sa.delete(QUEUE_GROUPS).where(
    ~sa.exists().where(QUEUE.c.group_name == QUEUE_GROUPS.c.name)
)


class SqlQueue(Queue):
    """A queue in a :class:`Database`, for any number of processes, on as many machines as share it.

    They must share the clock, too.
    """

    def __init__(self, database: Database, clock: Clock, visibility_timeout: timedelta = timedelta(seconds=60)) -> None:
        self._database = database
        self._clock = clock
        self._visibility_timeout = visibility_timeout
        self._changed = Condition()
        self._changes = 0
        #: Whether the last receive found nothing.
        self._is_idle = False

    def send(self, messages: Sequence[Outgoing]) -> Sequence[bool]:
        """Send the messages and return for each whether it was accepted."""
        accepted = [is_acceptable(message.body) for message in messages]
        good = [message for message, is_good in zip(messages, accepted, strict=True) if is_good]
        if good:
            self._write(lambda connection: self._insert(connection, good))
            self._announce()
        return accepted

    def receive(self, limit: int, *, wait: timedelta) -> Sequence[Received]:
        """Receive up to ``limit`` messages, groups and their subgroups in turn, hidden for the visibility timeout."""
        if not 1 <= limit <= _MOST:
            msg = f"a receive hands out 1 to {_MOST} messages"
            raise ValueError(msg)
        end = time.monotonic() + wait.total_seconds()
        while True:
            seen = self._changes
            received = self._take(limit)
            left = end - time.monotonic()
            if received or left <= 0:
                return received
            with self._changed:
                self._changed.wait_for(lambda seen=seen: self._changes != seen, min(left, _POLL))  # type: ignore[misc]

    def change_visibility(self, changes: Mapping[str, timedelta]) -> None:
        """Hide the messages with these receipts for this long from now."""
        now = self._clock.now()
        rows = [_of(receipt) | {"until": now + hidden} for receipt, hidden in changes.items() if _of(receipt)]
        if rows:
            self._write(lambda connection: connection.execute(_HIDE, rows))
            self._announce()

    def delete(self, receipts: Iterable[str]) -> None:
        """Delete the messages with these receipts."""
        rows = [_of(receipt) for receipt in receipts if _of(receipt)]

        def remove(connection: sa.Connection) -> None:
            connection.execute(_DELETE, rows)
            connection.execute(_DELETE_EMPTY_GROUPS)

        if rows:
            self._write(remove)

    @property
    def visibility_timeout(self) -> timedelta:
        """The default time that a received message stays hidden."""
        return self._visibility_timeout

    @property
    def takes_turns(self) -> bool:
        """It does."""
        return True

    def check(self) -> None:
        """Return if the tables can be read, else raise ``QueueUnavailable``."""
        with _as_queue():
            self._database.check()

    def _take(self, limit: int) -> Sequence[Received]:
        now = self._clock.now()
        if self._is_idle:  # so that idle workers do not take turns with the writers
            with _as_queue(), self._database.reading() as connection:
                if not has_visible(connection, now):
                    return []
        received = self._write(lambda connection: hand_out(connection, limit, now, now + self._visibility_timeout))
        self._is_idle = not received
        return received

    def _insert(self, connection: sa.Connection, messages: Sequence[Outgoing]) -> None:
        now = self._clock.now()
        names = sorted({message.group for message in messages})
        counted = {"preserve_rowcount": True}
        added = sum(
            connection.execute(_ADD_GROUP, {"group": name}, execution_options=counted).rowcount for name in names
        )
        # A group that is new has no messages, so that nothing has to be read of it.
        rounds = first_rounds(messages) if added == len(names) else rounds_of(connection, messages)
        common = {"sent_at": now, "receive_count": 0}
        rows = [
            {
                "group_name": message.group,
                "subgroup": message.subgroup or "",
                "body": message.body,
                "trace": message.request_id,
                "visible_at": place,
                **common,
            }
            for message, place in zip(messages, rounds, strict=True)
        ]
        connection.execute(sa.insert(QUEUE), rows)

    def _announce(self) -> None:
        with self._changed:
            self._changes += 1
            self._changed.notify_all()

    def _write(self, work: Callable[[sa.Connection], T]) -> T:
        with _as_queue():
            return self._database.write(work, alone_with="queue")


def _of(receipt: str) -> dict[str, object]:
    match = _RECEIPT.fullmatch(receipt)
    return {"number": int(match[1]), "receives": int(match[2])} if match else {}


@contextmanager
def _as_queue() -> Iterator[None]:
    try:
        yield
    except DatabaseFull as error:
        raise QueueFull(str(error)) from error
    except (DatabaseUnavailable, CommitUnknown) as error:
        raise QueueUnavailable(str(error)) from error
