from adapters.memory.api_keys import MemoryApiKeys
from adapters.memory.audit_outbox import MemoryAuditOutbox
from adapters.memory.changes import MemoryChanges
from adapters.memory.database import MemoryDatabase
from adapters.memory.deliveries import MemoryDeliveries
from adapters.memory.due_work import MemoryDueWork
from adapters.memory.jobs import MemoryJobs
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.rate_windows import MemoryRateWindows
from adapters.memory.search import MemorySearchIndex
from adapters.memory.sessions import MemorySessions
from adapters.memory.tombstones import MemoryTombstones
from adapters.memory.webhooks import MemoryWebhooks
from ocrcore.testing.builders import StateOfRecord


def memory_record(database: MemoryDatabase | None = None) -> StateOfRecord:
    database = database or MemoryDatabase()
    return StateOfRecord(
        MemoryJobs(database),
        MemoryDueWork(database),
        MemoryOutbox(database),
        MemoryTombstones(database),
        MemoryAuditOutbox(database),
        MemorySearchIndex(database),
        MemoryApiKeys(database),
        MemorySessions(database),
        MemoryRateWindows(database),
        MemoryChanges(database),
        MemoryWebhooks(database),
        MemoryDeliveries(database),
    )
