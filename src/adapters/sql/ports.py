"""The adapters of the state of record, on one relational database."""

from adapters.sql.api_keys import SqlApiKeys
from adapters.sql.audit_outbox import SqlAuditOutbox
from adapters.sql.changes import SqlChanges
from adapters.sql.database import Database
from adapters.sql.deliveries import SqlDeliveries
from adapters.sql.due_work import SqlDueWork
from adapters.sql.jobs import SqlJobs
from adapters.sql.outbox import SqlOutbox
from adapters.sql.rate_windows import SqlRateWindows
from adapters.sql.rejected import SqlRejectedMessages
from adapters.sql.row_scan import SqlRowScan
from adapters.sql.search import SqlSearchIndex
from adapters.sql.sessions import SqlSessions
from adapters.sql.tombstones import SqlTombstones
from adapters.sql.webhooks import SqlWebhooks
from adapters.sql.workers import SqlWorkers
from ocrcore.application.context import RecordPorts


def sql_ports(database: Database) -> RecordPorts:
    """Return an adapter for each port on the state of record."""
    return {
        "jobs": SqlJobs(database),
        "due_work": SqlDueWork(database),
        "outbox": SqlOutbox(database),
        "api_keys": SqlApiKeys(database),
        "audit_outbox": SqlAuditOutbox(database),
        "changes": SqlChanges(database),
        "sessions": SqlSessions(database),
        "tombstones": SqlTombstones(database),
        "rate_windows": SqlRateWindows(database),
        "rejected": SqlRejectedMessages(database),
        "row_scan": SqlRowScan(database),
        "search": SqlSearchIndex(database),
        "webhooks": SqlWebhooks(database),
        "deliveries": SqlDeliveries(database),
        "workers": SqlWorkers(database),
    }
