"""The fakes as one service, opened for the simulation."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.memory.audit import MemoryAudit
from adapters.memory.database import MemoryDatabase
from adapters.memory.dead_letters import MemoryDeadLetters
from adapters.memory.documents import MemoryDocuments
from adapters.memory.engine import MemoryEngine
from adapters.memory.imaging import MemoryImaging
from adapters.memory.meter import MemoryMeter
from adapters.memory.page_images import MemoryPageImages
from adapters.memory.pdf_writer import MemoryPdfWriter
from adapters.memory.pictures import document
from adapters.memory.ports import memory_ports
from adapters.memory.queue import MemoryQueue
from adapters.memory.uploads import MemoryUploads
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
        **memory_ports(database),
        audit=MemoryAudit(database),
        documents=documents,
        uploads=MemoryUploads(documents),
        queue=queue,
        dead_letters=dead_letters,
        engine=MemoryEngine(),
        imaging=MemoryImaging(),
        page_images=MemoryPageImages(),
        pdf_writer=MemoryPdfWriter(),
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
        document=lambda texts: document(*texts),
    )


def _messages(queue: MemoryQueue) -> Sequence[Message]:
    return [Message(each.body, each.receipt, each.visible_at) for each in queue._messages.values()]
