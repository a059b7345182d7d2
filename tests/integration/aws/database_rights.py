"""The rights that statements need, and those that ``deploy/mysql/rights.sql`` grants."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

_FILE: Final = Path(__file__).parents[3] / "deploy" / "mysql" / "rights.sql"
_GRANT: Final = re.compile(r"GRANT ([A-Z, ]+) ON (\w+)\.(\w+|\*) TO (\w+)@'%'")
#: What the file says instead of a password.
PASSWORD: Final = "CHANGE-ME"  # noqa: S105 - a word that nobody shall keep
#: Verb -> where the names of its tables stand.
_WRITES: Final = {
    "INSERT": re.compile(r"INSERT (?:IGNORE )?INTO `?(\w+)"),
    "UPDATE": re.compile(r"UPDATE `?(\w+)"),
    "DELETE": re.compile(r"DELETE FROM `?(\w+)"),
}
#: A lock is taken on the rows of the statement, not on those of its subqueries.
_SUBQUERY: Final = re.compile(r"\([^()]*\)")
_READ: Final = re.compile(r"(?:FROM|JOIN) `?(\w+)|, `?(\w+)`? AS ")


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """A privilege on a table."""

    table: str
    privilege: str


@dataclass(slots=True)
class Statements:
    """Notes which rights the statements of an account need."""

    account: str
    tables: frozenset[str]
    rights: set[Right] = field(default_factory=set)

    def note(self, connection: sa.Connection, _: Any, statement: str, *__: object) -> None:  # noqa: ANN401 - a driver's cursor
        """Listen to ``before_cursor_execute``."""
        if connection.engine.url.username == self.account:
            self.rights |= {right for right in _needed(statement) if right.table in self.tables}


def _needed(statement: str) -> Iterator[Right]:
    words = " ".join(statement.split())
    verb = words.split(" ", 1)[0]
    if verb in _WRITES:
        table = _WRITES[verb].search(words)
        assert table is not None, words
        yield Right(table[1], verb)
        if verb != "INSERT" and " WHERE " in words:
            yield Right(table[1], "SELECT")
        if "ON DUPLICATE KEY UPDATE" in words:
            yield Right(table[1], "UPDATE")
    for found in _READ.finditer(words if verb != "DELETE" else words.partition(" WHERE ")[2]):
        yield Right(found[1] or found[2], "SELECT")
    if " FOR UPDATE" in words:
        for found in _READ.finditer(_SUBQUERY.sub("", words)):
            yield Right(found[1] or found[2], "UPDATE")


def statements_of_the_file(schema: str, name: str = _FILE.name) -> list[str]:
    """Return its statements, or those of another file beside it, for another schema."""
    text = re.sub(r"--.*", "", _FILE.with_name(name).read_text()).replace(" ocr.", f" {schema}.")
    return [" ".join(statement.split()) for statement in text.split(";") if statement.strip()]


def granted(account: str) -> set[Right]:
    """Return the rights of an account."""
    found = [_GRANT.fullmatch(statement) for statement in statements_of_the_file("ocr")]
    return {
        Right(grant[3], privilege.strip())
        for grant in found
        if grant is not None and grant[4] == account
        for privilege in grant[1].split(",")
    }
