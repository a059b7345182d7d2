"""The interface of a dialect."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final, Protocol

import sqlalchemy as sa

from adapters.sql.errors import Fault

#: The execution option of a connection that will write.
WRITES: Final = "ocrcore_writes"


class Dialect(Protocol):
    """One kind of database: its connections, its locks and its errors."""

    @property
    @abstractmethod
    def is_shared(self) -> bool:
        """Whether processes on several machines can use one database."""

    @property
    @abstractmethod
    def patience(self) -> timedelta:
        """The budget for retries of a transaction after conflicts, including the wait for its turn."""

    @property
    @abstractmethod
    def instant(self) -> sa.Select[datetime]:
        """A query for the database's time."""

    @abstractmethod
    def values_of(self, column: sa.Column[str]) -> sa.Select[str]:
        """Return a query for the distinct values of an indexed column, with one step per value instead of per row."""

    @abstractmethod
    def create_engine(self, url: str, *, hurried: bool = True) -> sa.Engine:
        """Return an engine whose transactions begin as this package needs them. It connects on first use.

        With ``hurried=False``, statements have no timeout.
        """

    @abstractmethod
    def turn(self) -> AbstractContextManager[None]:
        """Wait for earlier writers of this process, if writers would be in each other's way.

        Raises :class:`adapters.sql.errors.Busy` when they take too long.
        """

    @abstractmethod
    def alone(self, connection: sa.Connection, what: str) -> AbstractContextManager[None]:
        """Exclude other transactions with the same ``what``, of any process, until this one has ended.

        Raises :class:`adapters.sql.errors.Busy` when another does not end.
        """

    @abstractmethod
    def try_to_write(self, url: str) -> None:
        """Write something where the database has its file, and remove it. Does nothing where that is on a server.

        Raises ``OSError``.
        """

    @abstractmethod
    def fault_of(self, error: BaseException | None) -> Fault:
        """Return the meaning of a driver error."""

    @abstractmethod
    def reason_of(self, error: BaseException | None) -> str | None:
        """Return why the database is unavailable, as a sentence for the operator, or None if that is unknown."""

    @abstractmethod
    def is_schema_missing(self, error: BaseException | None) -> bool:
        """Return whether a statement failed because of a missing table or column."""
