"""What this package asks of a dialect."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Final, Protocol

import sqlalchemy as sa

from adapters.sql.errors import Fault

#: The execution option of a connection that will write.
WRITES: Final = "ocrcore_writes"


class Dialect(Protocol):
    """One kind of database: how to connect to it, how to wait for it, what its errors mean."""

    @property
    @abstractmethod
    def is_shared(self) -> bool:
        """Whether processes of several machines may use one database."""

    @property
    @abstractmethod
    def patience(self) -> timedelta:
        """For how long, its turn included, a transaction is tried again that other writers were in the way of."""

    @property
    @abstractmethod
    def instant(self) -> sa.Select[datetime]:
        """A query for the database's clock."""

    @abstractmethod
    def values_of(self, column: sa.Column[str]) -> sa.Select[str]:
        """Return a query for the different values of a column with an index: a step for each value, not each row."""

    @abstractmethod
    def create_engine(self, url: str, *, hurried: bool = True) -> sa.Engine:
        """Return an engine whose transactions begin as this package needs them; nothing is connected yet.

        Without hurry a statement may take as long as it takes.
        """

    @abstractmethod
    def turn(self) -> AbstractContextManager[None]:
        """Wait for the writers of this process that came before, where they would be in each other's way.

        Raises :class:`adapters.sql.errors.Busy` when they take too long.
        """

    @abstractmethod
    def alone(self, connection: sa.Connection, what: str) -> AbstractContextManager[None]:
        """Let no other transaction, of any process, be alone with ``what`` until this one has ended.

        Raises :class:`adapters.sql.errors.Busy` when another does not end.
        """

    @abstractmethod
    def fault_of(self, error: BaseException | None) -> Fault:
        """Return what an error of the driver means."""

    @abstractmethod
    def reason_of(self, error: BaseException | None) -> str | None:
        """Return why the database is away, as a sentence for the operator, where the error of the driver tells."""

    @abstractmethod
    def is_schema_missing(self, error: BaseException | None) -> bool:
        """Tell whether a statement failed for want of a table or column."""
