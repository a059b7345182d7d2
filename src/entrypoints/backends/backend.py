"""Where rows, documents and messages are."""

from dataclasses import dataclass

from ocrcore.domain.errors import OcrError
from ocrcore.ports.audit import Audit
from ocrcore.ports.audit_outbox import AuditOutbox
from ocrcore.ports.backlog import Backlog
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.documents import Documents
from ocrcore.ports.jobs import Jobs
from ocrcore.ports.outbox import Outbox
from ocrcore.ports.queue import Queue
from ocrcore.ports.rejected import RejectedMessages
from ocrcore.ports.tombstones import Tombstones
from ocrcore.ports.workers import Workers


@dataclass(frozen=True, slots=True)
class Backend:
    """The adapters that share one place, and the clock that they go by."""

    jobs: Jobs
    backlog: Backlog
    outbox: Outbox
    audit: Audit
    audit_outbox: AuditOutbox
    tombstones: Tombstones
    rejected: RejectedMessages
    documents: Documents
    queue: Queue
    dead_letters: DeadLetters
    workers: Workers
    clock: Clock


class StartRefused(OcrError):
    """The backend is not as this program needs it; the text is one line for the operator."""
