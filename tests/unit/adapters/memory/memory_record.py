from adapters.memory.audit_outbox import MemoryAuditOutbox
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.database import MemoryDatabase
from adapters.memory.jobs import MemoryJobs
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.tombstones import MemoryTombstones
from ocrcore.testing.builders import StateOfRecord


def memory_record(database: MemoryDatabase | None = None) -> StateOfRecord:
    database = database or MemoryDatabase()
    return StateOfRecord(
        MemoryJobs(database),
        MemoryBacklog(database),
        MemoryOutbox(database),
        MemoryTombstones(database),
        MemoryAuditOutbox(database),
    )
