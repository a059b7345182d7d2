"""The rejected messages as a table."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.errors import RowConflict
from adapters.sql.tables import REJECTED
from ocrcore.ports.rejected import RejectedMessages, Rejections

_KEPT: Final = 1000


class SqlRejectedMessages(RejectedMessages):
    """The rejected messages of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, message_id: str, body: str, at: datetime) -> None:
        """Store the id, the first 1,000 characters of the body, and the instant."""
        row = {"message_id": message_id, "body": body[:_KEPT], "at": at}
        try:
            self._database.write(lambda connection: connection.execute(sa.insert(REJECTED).values(row)))
        except RowConflict:  # the id is recorded already
            return

    def summary(self) -> Rejections | None:
        """Return the number of messages and the latest one, or None."""
        newest = sa.select(REJECTED.c.message_id, REJECTED.c.at).order_by(
            REJECTED.c.at.desc(), REJECTED.c.message_id.desc()
        )
        with self._database.reading() as connection:
            number = connection.execute(sa.select(sa.func.count()).select_from(REJECTED)).scalar_one()
            latest = connection.execute(newest.limit(1)).first()
        return None if latest is None else Rejections(number, latest.message_id, latest.at)
