"""The secret that signs sessions, and closed sessions, as tables."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.tables import CLOSED_SESSIONS, SECRETS
from ocrcore.ports.sessions import Sessions

#: The row of the secret, and the lock of all that write these tables.
_NAME: Final = "sessions"
_LOCK: Final = "sessions"
_SECRET: Final = sa.select(SECRETS.c.secret).where(SECRETS.c.name == _NAME)

_CLOSED: Final = sa.select(CLOSED_SESSIONS.c.id).where(
    CLOSED_SESSIONS.c.id.in_(sa.bindparam("sessions", expanding=True))
)


class SqlSessions(Sessions):
    """The sessions of a :class:`Database`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def secret(self, proposed: bytes) -> bytes:
        """Return the secret, which is the first that was proposed."""
        with self._database.reading() as connection:
            found = connection.execute(_SECRET).scalar()

        def propose(connection: sa.Connection) -> str:
            kept: str | None = connection.execute(_SECRET).scalar()
            if kept is None:
                kept = proposed.hex()
                connection.execute(sa.insert(SECRETS).values(name=_NAME, secret=kept))
            return kept

        return bytes.fromhex(found or self._database.write(propose, alone_with=_LOCK))

    def close(self, session_id: str, until: datetime, now: datetime) -> None:
        """Note that a session was closed."""
        closed = CLOSED_SESSIONS.c

        def note(connection: sa.Connection) -> None:
            connection.execute(sa.delete(CLOSED_SESSIONS).where((closed.until < now) | (closed.id == session_id)))
            connection.execute(sa.insert(CLOSED_SESSIONS).values(id=session_id, until=until))

        self._database.write(note, alone_with=_LOCK)

    def is_closed(self, session_id: str) -> bool:
        """Return whether a session was closed."""
        with self._database.reading() as connection:
            wanted = sa.select(CLOSED_SESSIONS.c.id).where(CLOSED_SESSIONS.c.id == session_id)
            return connection.execute(wanted).first() is not None

    def closed_among(self, session_ids: Sequence[str]) -> AbstractSet[str]:
        """Return those that were closed."""
        with self._database.reading() as connection:
            return set(connection.execute(_CLOSED, {"sessions": list(session_ids)}).scalars())
