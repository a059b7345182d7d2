"""The fakes as one service, opened for the simulation."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial

from adapters.memory.audit import MemoryAudit
from adapters.memory.cipher import MemoryCipher
from adapters.memory.database import MemoryDatabase
from adapters.memory.dead_letters import MemoryDeadLetters
from adapters.memory.documents import MemoryDocuments
from adapters.memory.engine import MemoryEngine
from adapters.memory.history_log import MemoryHistoryLog
from adapters.memory.imaging import MemoryImaging
from adapters.memory.meter import MemoryMeter
from adapters.memory.page_images import MemoryPageImages
from adapters.memory.pdf_writer import MemoryPdfWriter
from adapters.memory.pictures import document
from adapters.memory.ports import memory_ports
from adapters.memory.queue import MemoryQueue
from adapters.memory.receivers import MemoryReceivers
from adapters.memory.uploads import MemoryUploads
from ocrcore.application.context import Context
from ocrcore.application.policy import Policy
from ocrcore.ports.clock import Clock
from ocrcore.ports.ids import Ids
from ocrcore.testing.simulation import Fakes, Message
from ocrcore.testing.simulation.fakes import Factory
from ocrcore.testing.simulation.mutants import Mutant

_VISIBILITY = timedelta(seconds=30)


def memory_fakes(clock: Clock, ids: Ids, policy: Policy, *, in_turn: bool = False) -> Fakes:
    """Return a service in memory. Its queue is as SQS is, so that workers see to fairness, or takes turns itself."""
    database = MemoryDatabase()
    documents = MemoryDocuments()
    queue = MemoryQueue(clock, _VISIBILITY, in_turn=in_turn)
    histories = MemoryHistoryLog()
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
        receivers=MemoryReceivers(),
        cipher=MemoryCipher(),
        policy=policy,
        history_log=histories,
    )
    return Fakes(
        context=context,
        tables=database,
        documents=documents._documents,
        messages=lambda: _messages(queue),
        dead_letters=lambda: _messages(dead_letters._queue),
        bury=dead_letters.bury,
        rejected=database.rejected,
        histories=histories.entries,
        document=lambda texts: document(*texts),
        alone=lambda owner: _alone(database, owner),
    )


def fakes_of(seed: int) -> Factory:
    """Return the fakes of a history: every other one is on a queue that takes turns, as the one in the database does.

    There is an odd number of pairs of a call and a fault, so each kind of queue meets all of them.
    """
    return partial(memory_fakes, in_turn=True) if seed % 2 else memory_fakes


def fakes_for(mutant: Mutant) -> Factory:
    """Return the fakes of the histories that show a mutant."""
    return partial(memory_fakes, in_turn=mutant.in_turn)


def _alone(database: MemoryDatabase, owner: str) -> Mapping[str, object]:
    """Return the ports on a copy of the rows of one owner."""
    own = MemoryDatabase()
    own.jobs |= {job_id: job for job_id, job in database.jobs.items() if job.owner == owner}
    own.tombstones |= {job_id: stone for job_id, stone in database.tombstones.items() if stone.owner == owner}
    own.api_keys |= {key_id: key for key_id, key in database.api_keys.items() if key.owner == owner}
    for job_id in own.jobs:
        own.put_items(job_id, database.items_of(job_id))
    own.changed |= {item_id: at for item_id, at in database.changed.items() if item_id in own.items}
    own.corrections |= {item_id: rows for item_id, rows in database.corrections.items() if item_id in own.items}
    known = own.jobs.keys() | own.tombstones.keys()
    own.pages |= {item_id: page for item_id, page in database.pages.items() if page.job_id in known}
    own.webhooks |= {each.id: each for each in database.webhooks.values() if each.owner == owner}
    own.deliveries |= {each.id: each for each in database.deliveries.values() if each.webhook_id in own.webhooks}
    own.key_entries |= {place: entry for place, entry in database.key_entries.items() if place[0] == owner}
    own.audit |= {place: entry for place, entry in database.audit.items() if entry.job_id in known}
    return {**memory_ports(own), "audit": MemoryAudit(own)}


def _messages(queue: MemoryQueue) -> Sequence[Message]:
    return [
        Message(each.body, each.receipt, each.visible_at, str(each.number), each.group, each.receives)
        for each in queue._messages.values()
    ]
