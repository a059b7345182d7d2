"""What the processes of these tests do: ``python writers.py VERB FILE ARGUMENTS...``."""

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from adapters.sql.database import Database
from adapters.sql.errors import Busy
from adapters.sql.jobs import SqlJobs
from adapters.sql.migrate import migrate
from ocrcore.testing.builders import a_draft, all_items, claim, finish, submit

T = TypeVar("T")


def finish_every_second(database: Database, job_id: str, first: str) -> None:
    jobs = SqlJobs(database)
    items = jobs.items(UUID(job_id), None, -1, 10_000)
    for item in items[int(first) :: 2]:
        claimed = _until_it_has_its_turn(lambda item=item: claim(jobs, item))  # type: ignore[misc]
        _until_it_has_its_turn(lambda claimed=claimed: finish(jobs, claimed))  # type: ignore[misc]


def _until_it_has_its_turn(write: Callable[[], T]) -> T:
    """Repeat a write that the other process held up; nothing of it has happened."""
    while True:
        with suppress(Busy):
            return write()


def submit_without_end(database: Database) -> None:
    jobs = SqlJobs(database)
    for number in range(1, 100_000):
        job = submit(jobs, a_draft(number), 20, order=True)
        for item in all_items(jobs, job)[:5]:
            finish(jobs, claim(jobs, item))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


def main(verb: str, path: str, *arguments: str) -> None:
    database = Database.in_file(Path(path))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    match verb:
        case "migrate":
            migrate(database)
        case "finish":
            finish_every_second(database, *arguments)
        case "submit":
            submit_without_end(database)
        case _:
            sys.exit(2)


if __name__ == "__main__":
    main(*sys.argv[1:])
