"""What every use case is given: the ports and the policy."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from ocrcore.application.read_log import ReadLog
from ocrcore.ports.audit import Audit
from ocrcore.ports.audit_outbox import AuditOutbox
from ocrcore.ports.backlog import Backlog
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.documents import Documents
from ocrcore.ports.engine import Engine
from ocrcore.ports.ids import Ids
from ocrcore.ports.imaging import Imaging
from ocrcore.ports.jobs import Jobs
from ocrcore.ports.ledger import Ledger
from ocrcore.ports.meter import Meter
from ocrcore.ports.outbox import Outbox
from ocrcore.ports.queue import Queue
from ocrcore.ports.rejected import RejectedMessages
from ocrcore.ports.renderer import Renderer
from ocrcore.ports.tombstones import Tombstones
from ocrcore.ports.workers import Workers

#: Rows that one step of upkeep looks at.
BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's choices; the defaults are right for most."""

    #: Longest time from submission to the deadline, and the default.
    job_ttl: timedelta = timedelta(days=2)
    #: How long the recognition of one item may take.
    item_timeout: timedelta = timedelta(seconds=120)
    #: How long a claim lasts unless it is renewed.
    lease: timedelta = timedelta(seconds=60)
    #: How often an item is tried, and how often again after each retry by the user.
    max_attempts: int = 3
    #: Most files in one job.
    max_files: int = 1000
    #: Most bytes in one file.
    max_file_bytes: int = 50_000_000
    #: Most bytes of text in one item, as UTF-8.
    max_text_bytes: int = 4_194_304
    #: What a job is read in when the client does not say.
    languages: tuple[str, ...] = ("eng",)
    #: How long an entry of the audit log is kept.
    audit_ttl: timedelta = timedelta(days=90)
    #: How often upkeep runs in every process.
    upkeep_period: timedelta = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Context:
    """One adapter behind each port, and the policy."""

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
    engine: Engine
    imaging: Imaging
    renderer: Renderer
    workers: Workers
    meter: Meter
    clock: Clock
    ids: Ids
    policy: Policy
    #: What this process has yet to tell the audit log of reads.
    reads: ReadLog = field(default_factory=ReadLog)
