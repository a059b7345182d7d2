"""The context: one adapter behind each port, and the operator's policy. Every use case takes it."""

from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Final, TypedDict

from ocrcore.application.leases import RequestLeases
from ocrcore.application.login_attempts import LoginAttempts
from ocrcore.application.owner_turns import OwnerTurns
from ocrcore.application.publications import Publications
from ocrcore.application.read_log import ReadLog
from ocrcore.application.setbacks import Setbacks
from ocrcore.application.shared_look import SharedLook
from ocrcore.application.verdicts import Verdicts
from ocrcore.domain.access_token import TokenRules
from ocrcore.domain.limits import Quotas
from ocrcore.domain.options import AUTO
from ocrcore.domain.overview import Glance, Overview
from ocrcore.ports.api_keys import ApiKeys
from ocrcore.ports.audit import Audit
from ocrcore.ports.audit_outbox import AuditOutbox
from ocrcore.ports.changes import Changes
from ocrcore.ports.cipher import Cipher
from ocrcore.ports.clock import Clock
from ocrcore.ports.dead_letters import DeadLetters
from ocrcore.ports.deliveries import Deliveries
from ocrcore.ports.documents import Documents
from ocrcore.ports.due_work import DueWork
from ocrcore.ports.engine import Engine
from ocrcore.ports.fleet_monitor import FleetMonitor
from ocrcore.ports.history_log import HistoryLog
from ocrcore.ports.ids import Ids
from ocrcore.ports.imaging import Imaging
from ocrcore.ports.jobs import Jobs
from ocrcore.ports.meter import Meter
from ocrcore.ports.outbox import Outbox
from ocrcore.ports.page_images import PageImages
from ocrcore.ports.pdf_writer import PdfWriter
from ocrcore.ports.queue import Queue
from ocrcore.ports.rate_windows import RateWindows
from ocrcore.ports.receivers import Receivers
from ocrcore.ports.rejected import RejectedMessages
from ocrcore.ports.row_scan import RowScan
from ocrcore.ports.search import SearchIndex
from ocrcore.ports.sessions import Sessions
from ocrcore.ports.tokens import Tokens
from ocrcore.ports.tombstones import Tombstones
from ocrcore.ports.tracer import NoTracer, Tracer
from ocrcore.ports.uploads import Uploads
from ocrcore.ports.webhooks import Webhooks
from ocrcore.ports.workers import Workers

#: Most rows that one step of upkeep handles.
BATCH: Final = 100
#: How long an overview and a glance of the doctor serve all who look at them.
_OVERVIEW_LIFE, _GLANCE_LIFE = timedelta(seconds=5), timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's settings; the defaults suit most deployments."""

    #: Longest time from submission to the deadline, and its default.
    job_ttl: timedelta = timedelta(days=2)
    #: Timeout of the recognition of one item.
    item_timeout: timedelta = timedelta(seconds=120)
    #: Duration of a lease without heartbeats.
    lease: timedelta = timedelta(seconds=60)
    #: Attempts on an item, and further attempts after each retry by the user.
    max_attempts: int = 3
    #: Most files in one job.
    max_files: int = 1000
    #: Most bytes in one file.
    max_file_bytes: int = 200_000_000
    #: Most pages in one file.
    max_pages: int = 5000
    #: Most items in one job.
    max_items: int = 10_000
    #: Most bytes of text in one item, as UTF-8.
    max_text_bytes: int = 4_194_304
    #: Most bytes of documents that a worker has on its disk, in use, fetched ahead or kept after their last use.
    cache_bytes: int = 2_000_000_000
    #: The languages of a job whose client names none.
    languages: tuple[str, ...] = ("eng",)
    #: What the engine of a job is chosen for whose client names neither it nor an engine.
    quality: str = AUTO
    #: Longest time that a finished job is kept; None: until somebody deletes it.
    keep: timedelta | None = None
    #: Most requests of an owner in a minute, over all processes; 0: no limit.
    limit_requests: int = 0
    #: Most open items and stored bytes of an owner.
    quotas: Quotas = field(default_factory=Quotas)
    #: How long entries of the audit log are kept.
    audit_ttl: timedelta = timedelta(days=90)
    #: Interval between two runs of upkeep in each process.
    upkeep_period: timedelta = timedelta(seconds=10)
    #: Whose access tokens open the service beside keys; None: nobody's.
    tokens: TokenRules | None = None
    #: Whether webhooks may lead to addresses that are not public, and use http.
    allow_private_webhooks: bool = False
    #: What signs sessions and encrypts the secrets of webhooks; empty: the secret in the database.
    secret: bytes = field(default=b"", repr=False)

    def allows_text(self, text: str) -> bool:
        """Return whether an item may have this text."""
        return len(text.encode()) <= self.max_text_bytes


class RecordPorts(TypedDict):
    """The ports of the database; each database adapter package returns all of them together."""

    jobs: Jobs
    due_work: DueWork
    outbox: Outbox
    api_keys: ApiKeys
    audit_outbox: AuditOutbox
    changes: Changes
    tombstones: Tombstones
    rate_windows: RateWindows
    rejected: RejectedMessages
    row_scan: RowScan
    search: SearchIndex
    sessions: Sessions
    webhooks: Webhooks
    deliveries: Deliveries
    workers: Workers


@dataclass(frozen=True, kw_only=True)
class Backend:
    """The stateful ports, and the clock that they share."""

    jobs: Jobs
    due_work: DueWork
    outbox: Outbox
    audit: Audit
    api_keys: ApiKeys
    audit_outbox: AuditOutbox
    changes: Changes
    tombstones: Tombstones
    rate_windows: RateWindows
    rejected: RejectedMessages
    row_scan: RowScan
    search: SearchIndex
    sessions: Sessions
    webhooks: Webhooks
    deliveries: Deliveries
    documents: Documents
    uploads: Uploads
    queue: Queue
    dead_letters: DeadLetters
    workers: Workers
    clock: Clock

    def ports(self) -> dict[str, Any]:
        """Return the ports by name."""
        return {port.name: getattr(self, port.name) for port in fields(Backend)}


@dataclass(frozen=True, kw_only=True)
class Context(Backend):
    """A backend, the ports of this process, and the operator's policy."""

    engine: Engine
    imaging: Imaging
    page_images: PageImages
    pdf_writer: PdfWriter
    meter: Meter
    ids: Ids
    receivers: Receivers
    cipher: Cipher
    policy: Policy
    #: Records spans.
    tracer: Tracer = field(default_factory=NoTracer)
    #: Where the figures of the fleet are published; None: nowhere.
    fleet_monitor: FleetMonitor | None = None
    #: When they were, and what is counted for them.
    publications: Publications = field(default_factory=Publications)
    #: The log outside the database that gets the histories of owners, too; None: there is none.
    history_log: HistoryLog | None = None
    #: Access tokens; None: none are taken.
    tokens: Tokens | None = None
    #: Reads that are not written to the audit log yet.
    reads: ReadLog = field(default_factory=ReadLog)
    #: The actor of reads; None: the owner of the job.
    reader: str | None = None
    #: The latest looks at keys.
    verdicts: Verdicts = field(default_factory=Verdicts)
    #: Attempts to open sessions.
    logins: LoginAttempts = field(default_factory=LoginAttempts)
    #: The secret of the database, once it was read.
    kept_secret: list[bytes] = field(default_factory=list, repr=False)
    #: Requests that this process may admit without the database.
    leases: RequestLeases = field(default_factory=RequestLeases)
    #: The turns of those who add to what a quota limits.
    quota_turns: OwnerTurns = field(default_factory=OwnerTurns)
    #: Jobs whose documents could not be deleted lately.
    setbacks: Setbacks = field(default_factory=Setbacks)
    #: How the service is.
    overviews: SharedLook[Overview] = field(default_factory=lambda: SharedLook(_OVERVIEW_LIFE))
    #: What the doctor's quick checks found.
    glances: SharedLook[Glance] = field(default_factory=lambda: SharedLook(_GLANCE_LIFE))
