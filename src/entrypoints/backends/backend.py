"""Where rows, documents and messages are."""

from collections.abc import Sequence
from dataclasses import dataclass

from ocrcore.domain.errors import OcrError
from ocrcore.ports.audit import Audit
from ocrcore.ports.audit_outbox import AuditOutbox
from ocrcore.ports.backlog import Backlog
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.documents import Documents
from ocrcore.ports.jobs import Jobs
from ocrcore.ports.ledger import Ledger
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
    ledger: Ledger
    documents: Documents
    queue: Queue
    dead_letters: DeadLetters
    workers: Workers
    clock: Clock
    #: Why no process starts on it, a line each; there are none unless it was opened to be examined.
    refusals: Sequence[str] = ()


class StartRefused(OcrError):
    """The backend is not as this program needs it; the text is one line for the operator."""


class SchemaRefused(StartRefused):
    """The tables are not those of this version, so nothing can be read; ``others`` are further reasons, a line each."""

    def __init__(self, others: Sequence[str] = ()) -> None:
        self.others = others
        super().__init__(" ".join(["The database's tables are not those of this version; run ocrcore init.", *others]))
