"""The fakes as one service, opened for the simulation."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.memory.audit import MemoryAudit
from adapters.memory.audit_outbox import MemoryAuditOutbox
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.database import MemoryDatabase
from adapters.memory.dead_letters import MemoryDeadLetters
from adapters.memory.documents import MemoryDocuments
from adapters.memory.engine import MemoryEngine
from adapters.memory.imaging import MemoryImaging
from adapters.memory.jobs import MemoryJobs
from adapters.memory.ledger import MemoryLedger
from adapters.memory.meter import MemoryMeter
from adapters.memory.outbox import MemoryOutbox
from adapters.memory.queue import MemoryQueue
from adapters.memory.rejected import MemoryRejectedMessages
from adapters.memory.renderer import MemoryRenderer
from adapters.memory.tombstones import MemoryTombstones
from adapters.memory.workers import MemoryWorkers
from ocrcore.application.context import Context, Policy
from ocrcore.ports.clock import Clock
from ocrcore.ports.ids import Ids
from ocrcore.testing.simulation import Fakes, Message

_VISIBILITY = timedelta(seconds=30)


def memory_fakes(clock: Clock, ids: Ids, policy: Policy) -> Fakes:
    """Return a service in memory."""
    database = MemoryDatabase()
    documents = MemoryDocuments()
    queue = MemoryQueue(clock, _VISIBILITY)
    dead_letters = MemoryDeadLetters(clock, _VISIBILITY)
    context = Context(
        jobs=MemoryJobs(database),
        backlog=MemoryBacklog(database),
        outbox=MemoryOutbox(database),
        audit=MemoryAudit(database),
        audit_outbox=MemoryAuditOutbox(database),
        tombstones=MemoryTombstones(database),
        rejected=MemoryRejectedMessages(database),
        ledger=MemoryLedger(database),
        documents=documents,
        queue=queue,
        dead_letters=dead_letters,
        workers=MemoryWorkers(database),
        engine=MemoryEngine(),
        imaging=MemoryImaging(),
        renderer=MemoryRenderer(),
        meter=MemoryMeter(),
        clock=clock,
        ids=ids,
        policy=policy,
    )
    return Fakes(
        context=context,
        tables=database,
        documents=documents._documents,
        messages=lambda: _messages(queue),
        dead_letters=lambda: _messages(dead_letters._queue),
        bury=dead_letters.bury,
        rejected=database.rejected,
        picture=lambda text: b"PICTURE:" + text.encode(),
    )


def _messages(queue: MemoryQueue) -> Sequence[Message]:
    return [Message(each.body, each.receipt, each.visible_at) for each in queue._messages.values()]
