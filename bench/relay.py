"""Measure how fast processes empty the audit outbox together, into a log that takes ten milliseconds for 25 entries.

Usage: relay.py [--relays 1,2,4] [--entries N]. Prints for each number of relays how many entries left the outbox in a
second, and how often each was written. The log does nothing but wait, as a request to DynamoDB does.
"""

import argparse
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID, uuid4

import sqlalchemy as sa

from adapters.local.ids import Uuid7Ids
from adapters.sql.audit_outbox import SqlAuditOutbox
from adapters.sql.database import Database
from adapters.sql.migrate import migrate
from adapters.sql.rows import entry_row
from adapters.sql.tables import AUDIT_OUTBOX
from mysql_server import create_schema, mysql_server
from ocrcore.application.upkeep.relay_audit import relay_audit_once
from ocrcore.domain.audit import WORKER, AuditAction, AuditEntry
from ocrcore.ports.audit import Audit, AuditCursor

if TYPE_CHECKING:
    from ocrcore.application.context import Context

_AT_ONCE: Final = 25
_REQUEST: Final = 0.01


def main() -> None:
    """Print a line for each number of relays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--relays", type=lambda text: [int(one) for one in text.split(",")], default=[1, 2, 4])
    parser.add_argument("--entries", type=int, default=3000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, mysql_server(Path(name) / "mysql") as server:
        for number in options.relays:
            url = create_schema(server, f"ocr_{number}")
            migrate(Database(url))
            _fill(Database(url), options.entries)
            begun = time.monotonic()
            with ThreadPoolExecutor(number) as pool:
                written = sum(pool.map(_empty, [url] * number))
            rate = options.entries / (time.monotonic() - begun)
            print(f"{number} relays: {rate:.0f} entries a second, each written {written / options.entries:.1f} times")


def _fill(database: Database, entries: int) -> None:
    """Write entries as pages do, of jobs of a hundred pages."""
    jobs = [uuid4() for _ in range(entries // 100 + 1)]
    at = datetime(2026, 11, 27, tzinfo=UTC)
    told = [
        AuditEntry(
            event_id=f"item.claimed#{number}",
            job_id=jobs[number // 100],
            action=AuditAction.ITEM_CLAIMED,
            actor=WORKER,
            at=at,
            detail={},
        )
        for number in range(entries)
    ]
    rows = [entry_row(entry) for entry in told]
    database.write(lambda connection: connection.execute(sa.insert(AUDIT_OUTBOX), rows))


class _Log(Audit):
    """A log that takes its time, and counts."""

    def __init__(self) -> None:
        self.written = 0

    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        time.sleep(_REQUEST * -(-len(entries) // _AT_ONCE))
        self.written += len(entries)
        return [True] * len(entries)

    def timeline(self, job_id: UUID, after: AuditCursor | None, limit: int) -> Sequence[AuditEntry]:  # noqa: ARG002 - never asked
        return ()

    def forget(self, before: datetime, limit: int) -> int:  # noqa: ARG002 - never asked
        return 0

    def check(self) -> None:
        pass


def _empty(url: str) -> int:
    """Relay until nothing is left, as upkeep does; return how many entries were written."""
    database, log = Database(url), _Log()
    parts = SimpleNamespace(audit_outbox=SqlAuditOutbox(database), audit=log, ids=Uuid7Ids())
    while relay_audit_once(cast("Context", parts)):
        pass
    database.close()
    return log.written


if __name__ == "__main__":
    main()
