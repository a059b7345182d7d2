"""The memory backend, whose data ends with the process."""

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.local.clock import SystemClock
from adapters.memory.audit import MemoryAudit
from adapters.memory.database import MemoryDatabase
from adapters.memory.dead_letters import MemoryDeadLetters
from adapters.memory.documents import MemoryDocuments
from adapters.memory.ports import memory_ports
from adapters.memory.queue import MemoryQueue
from adapters.memory.uploads import MemoryUploads
from entrypoints.backends.backend import OpenBackend, Remedies
from entrypoints.settings import Settings


@contextmanager
def open_backend(settings: Settings, *, examined: bool = False) -> Iterator[OpenBackend]:  # noqa: ARG001 - a new backend has nothing to examine
    """Yield an empty backend."""
    database, clock = MemoryDatabase(), SystemClock()
    documents = MemoryDocuments(settings.bucket)
    yield OpenBackend(
        **memory_ports(database),
        audit=MemoryAudit(database),
        documents=documents,
        uploads=MemoryUploads(documents),
        queue=MemoryQueue(clock, settings.visibility_timeout),
        dead_letters=MemoryDeadLetters(clock, settings.visibility_timeout),
        clock=clock,
    )


def init(settings: Settings) -> str:  # noqa: ARG001 - the interface
    """Return its name; there is nothing to create."""
    return "memory"


def remedies(settings: Settings) -> Remedies:  # noqa: ARG001 - the interface
    """Return no commands, because no data outlives the process."""
    return {}
