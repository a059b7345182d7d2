"""The interface of a text index: the pages of each term."""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Wanted:
    """What pages must have to be found."""

    #: The term of their owner.
    owner: str
    whole: AbstractSet[str]
    #: For each, a term that begins with it.
    beginnings: AbstractSet[str]


class TextIndex(Protocol):
    """The pages of each term. Written in the transactions that write the rows of ``search_pages``."""

    @abstractmethod
    def add(self, connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Add pages whose rows of ``search_pages`` were inserted: ``number`` and ``terms``."""

    @abstractmethod
    def remove(self, connection: sa.Connection, rows: Sequence[sa.Row[Any]]) -> None:
        """Remove pages whose rows of ``search_pages`` are about to be deleted."""

    @abstractmethod
    def has_all(self, connection: sa.Connection, row: sa.Row[Any]) -> bool:
        """Return whether a page is found by each of its terms. The row has a number and terms."""

    @abstractmethod
    def restore(self, connection: sa.Connection, row: sa.Row[Any]) -> None:
        """Add the terms of a page, some of which the index may have."""

    @abstractmethod
    def find(self, connection: sa.Connection, wanted: Wanted, before: int, limit: int) -> Sequence[int]:
        """Return numbers below ``before``, highest first, at most ``limit``.

        They are those of all pages that have what is wanted, perhaps with others between them.
        """
