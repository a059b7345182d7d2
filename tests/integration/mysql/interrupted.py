"""Migrates a database in one process after another, each of which is killed after its first change of the schema.

Run as a program with the database's URL; prints how many were killed before one came to the end.
"""

import os
import re
import signal
import sys

import sqlalchemy as sa

from adapters.sql.database import Database
from adapters.sql.migrate import migrate

_CHANGE = re.compile(r"\s*(CREATE|ALTER|DROP)\b", re.IGNORECASE)


def die_after_a_change(*event: object) -> None:
    if _CHANGE.match(str(event[2])):
        os.kill(os.getpid(), signal.SIGKILL)


def was_killed(url: str) -> bool:
    """Migrate in a child; tell whether it was killed."""
    child = os.fork()
    if child == 0:
        sa.event.listen(sa.Engine, "after_cursor_execute", die_after_a_change)
        migrate(Database(url))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and status:
        sys.exit(f"the child ended with {status}")
    return killed


if __name__ == "__main__":
    kills = 0
    while was_killed(sys.argv[1]):
        kills += 1
    print(kills)  # noqa: T201 - it is asked for
