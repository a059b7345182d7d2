"""The backend that is gone with its process."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.local.clock import SystemClock
from adapters.memory.audit import MemoryAudit
from adapters.memory.audit_outbox import MemoryAuditOutbox
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.database import MemoryDatabase
from adapters.memory.dead_letters import MemoryDeadLetters
from adapters.memory.documents import MemoryDocuments
from adapters.memory.jobs import MemoryJobs
from adapters.memory.ledger import MemoryLedger
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.queue import MemoryQueue
from adapters.memory.rejected import MemoryRejectedMessages
from adapters.memory.tombstones import MemoryTombstones
from adapters.memory.workers import MemoryWorkers
from entrypoints.backends.backend import Backend
from entrypoints.settings import Settings


@contextmanager
def open_backend(settings: Settings, *, examined: bool = False) -> Iterator[Backend]:  # noqa: ARG001 - it is new
    """Yield an empty one."""
    database, clock = MemoryDatabase(), SystemClock()
    yield Backend(
        jobs=MemoryJobs(database),
        backlog=MemoryBacklog(database),
        outbox=MemoryOutbox(database),
        audit=MemoryAudit(database),
        audit_outbox=MemoryAuditOutbox(database),
        tombstones=MemoryTombstones(database),
        rejected=MemoryRejectedMessages(database),
        ledger=MemoryLedger(database),
        documents=MemoryDocuments(settings.bucket),
        queue=MemoryQueue(clock, settings.visibility_timeout),
        dead_letters=MemoryDeadLetters(clock, settings.visibility_timeout),
        workers=MemoryWorkers(database),
        clock=clock,
    )


def init(settings: Settings) -> str:  # noqa: ARG001 - there is nothing to prepare
    """Do nothing."""
    return "memory"
