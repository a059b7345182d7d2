"""The context: one adapter behind each port, and the operator's policy. Every use case takes it."""

from dataclasses import dataclass, field, fields
from datetime import timedelta
from typing import Any, Final, TypedDict

from ocrcore.application.leases import RequestLeases
from ocrcore.application.login_attempts import LoginAttempts
from ocrcore.application.owner_turns import OwnerTurns
from ocrcore.application.policy import Policy
from ocrcore.application.publications import Publications
from ocrcore.application.read_log import ReadLog
from ocrcore.application.setbacks import Setbacks
from ocrcore.application.shared_look import SharedLook
from ocrcore.application.verdicts import Verdicts
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
