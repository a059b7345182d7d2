"""The in-memory adapters of the state of record, on one database."""

from adapters.memory.api_keys import MemoryApiKeys
from adapters.memory.audit_outbox import MemoryAuditOutbox
from adapters.memory.changes import MemoryChanges
from adapters.memory.database import MemoryDatabase
from adapters.memory.deliveries import MemoryDeliveries
from adapters.memory.due_work import MemoryDueWork
from adapters.memory.jobs import MemoryJobs
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.rate_windows import MemoryRateWindows
from adapters.memory.rejected import MemoryRejectedMessages
from adapters.memory.row_scan import MemoryRowScan
from adapters.memory.search import MemorySearchIndex
from adapters.memory.sessions import MemorySessions
from adapters.memory.tombstones import MemoryTombstones
from adapters.memory.webhooks import MemoryWebhooks
from adapters.memory.workers import MemoryWorkers
from ocrcore.application.context import RecordPorts


def memory_ports(database: MemoryDatabase) -> RecordPorts:
    """Return an adapter for each port on the state of record."""
    return {
        "jobs": MemoryJobs(database),
        "due_work": MemoryDueWork(database),
        "outbox": MemoryOutbox(database),
        "api_keys": MemoryApiKeys(database),
        "audit_outbox": MemoryAuditOutbox(database),
        "changes": MemoryChanges(database),
        "sessions": MemorySessions(database),
        "tombstones": MemoryTombstones(database),
        "rate_windows": MemoryRateWindows(database),
        "rejected": MemoryRejectedMessages(database),
        "row_scan": MemoryRowScan(database),
        "search": MemorySearchIndex(database),
        "webhooks": MemoryWebhooks(database),
        "deliveries": MemoryDeliveries(database),
        "workers": MemoryWorkers(database),
    }
