"""Windows of requests as a table, with one row for each owner."""

from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.dialects import without_conflicts
from adapters.sql.tables import RATE_WINDOWS
from ocrcore.ports.rate_windows import RateWindows

#: How long the row of an owner who does not call any more is kept.
_KEPT: Final = timedelta(days=1)
_T: Final = RATE_WINDOWS.c
_WINDOW: Final[sa.BindParameter[datetime]] = sa.bindparam("window", type_=_T.begins_at.type)
_NUMBER: Final[sa.BindParameter[int]] = sa.bindparam("number", type_=sa.Integer)
_LIMIT: Final[sa.BindParameter[int]] = sa.bindparam("most", type_=sa.Integer)
_IS_OVER: Final = _T.begins_at < _WINDOW
#: The number first: MySQL evaluates from left to right, with the values that were set already.
_TAKE: Final = (
    sa.update(RATE_WINDOWS)
    .where(_T.owner == sa.bindparam("who"), _IS_OVER | (_T.used + _NUMBER <= _LIMIT))
    .ordered_values(
        (_T.used, sa.case((_IS_OVER, _NUMBER), else_=_T.used + _NUMBER)),
        (_T.begins_at, sa.case((_IS_OVER, _WINDOW), else_=_T.begins_at)),
    )
)
_USED: Final = sa.select(_T.used).where(_T.owner == sa.bindparam("who"))
_BEGIN: Final = without_conflicts(
    sa.insert(RATE_WINDOWS).values(owner=sa.bindparam("who"), begins_at=_WINDOW, used=_NUMBER)
)
_FORGET: Final = sa.delete(RATE_WINDOWS).where(_T.begins_at < sa.bindparam("before", type_=_T.begins_at.type))


class SqlRateWindows(RateWindows):
    """The windows of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(self, owner: str, window: datetime, number: int, limit: int) -> int | None:
        """Take requests of the owner's window, or none: with one update, and one read of what is left."""
        values = {"who": owner, "window": window, "number": number, "most": limit}

        def take(connection: sa.Connection) -> int | None:
            if not connection.execute(_TAKE, values).rowcount and not _begin(connection, values):
                return None
            used: int = connection.execute(_USED, {"who": owner}).scalar_one()
            return limit - used

        return self._database.write(take)


def _begin(connection: sa.Connection, values: dict[str, Any]) -> bool:
    """Insert the row of an owner who has none, and return whether the requests are taken.

    A new owner's row takes the place of those who have not called for a day.
    """
    if connection.execute(_USED, {"who": values["who"]}).first() is not None:
        return False
    connection.execute(_FORGET, {"before": values["window"] - _KEPT})
    if connection.execute(_BEGIN, values).rowcount:
        return True
    return bool(connection.execute(_TAKE, values).rowcount)  # another process was first
