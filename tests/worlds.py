"""A whole service on fakes, with a clock that only moves when told to."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from adapters.memory.audit import MemoryAudit
from adapters.memory.audit_outbox import MemoryAuditOutbox
from adapters.memory.backlog import MemoryBacklog
from adapters.memory.clock import MemoryClock
from adapters.memory.database import MemoryDatabase
from adapters.memory.dead_letters import MemoryDeadLetters
from adapters.memory.documents import MemoryDocuments
from adapters.memory.engine import MemoryEngine
from adapters.memory.ids import MemoryIds
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
from ocrcore import Item, Job, JobOptions, OcrService, Policy, Step, Upload, Worker
from ocrcore.application.context import Context
from ocrcore.application.work import Held
from ocrcore.ports.audit import Audit
from ocrcore.ports.documents import Documents
from ocrcore.ports.engine import Engine
from ocrcore.ports.jobs import Jobs
from ocrcore.ports.queue import Queue, Received
from ocrcore.ports.renderer import Renderer
from ocrcore.testing.faults import Faulty

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NO_WAIT = timedelta()


def picture(text: str = "HELLO") -> bytes:
    """Return bytes that the fake engine reads as ``text``."""
    return b"PICTURE:" + text.encode()


def uploads(*texts: str) -> Sequence[Upload]:
    """Return pictures of texts, as files 0.png, 1.png, ..."""
    return [Upload(f"{number}.png", io.BytesIO(picture(text))) for number, text in enumerate(texts)]


@dataclass
class World:
    """The fakes, their faults, and the service on top."""

    policy: Policy = field(default_factory=Policy)
    clock: MemoryClock = field(default_factory=lambda: MemoryClock(START))

    def __post_init__(self) -> None:
        self.database = MemoryDatabase()
        self.jobs: Faulty[Jobs] = Faulty(MemoryJobs(self.database))
        self.queue: Faulty[Queue] = Faulty(MemoryQueue(self.clock))
        self.documents: Faulty[Documents] = Faulty(MemoryDocuments())
        self.engine: Faulty[Engine] = Faulty(MemoryEngine())
        self.renderer: Faulty[Renderer] = Faulty(MemoryRenderer())
        self.audit: Faulty[Audit] = Faulty(MemoryAudit(self.database))
        self.dead_letters = MemoryDeadLetters(self.clock)
        self.meter = MemoryMeter()
        self.context = Context(
            jobs=self.jobs.port,
            backlog=MemoryBacklog(self.database),
            outbox=MemoryOutbox(self.database),
            audit=self.audit.port,
            audit_outbox=MemoryAuditOutbox(self.database),
            tombstones=MemoryTombstones(self.database),
            rejected=MemoryRejectedMessages(self.database),
            ledger=MemoryLedger(self.database),
            documents=self.documents.port,
            queue=self.queue.port,
            dead_letters=self.dead_letters,
            workers=MemoryWorkers(self.database),
            engine=self.engine.port,
            imaging=MemoryImaging(),
            renderer=self.renderer.port,
            meter=self.meter,
            clock=self.clock,
            ids=MemoryIds(),
            policy=self.policy,
        )
        self.service = OcrService(self.context)
        self.worker = self.new_worker()

    def new_worker(self) -> Worker:
        """Return another worker process of the same service."""
        return self.service.worker(slots=10)

    def submit(self, *texts: str, expires_in: timedelta | None = None) -> Job:
        """Submit one picture of each text, by default one."""
        options = JobOptions() if expires_in is None else replace(JobOptions(), expires_in=expires_in)
        return self.service.submit(uploads(*(texts or ("HELLO",))), options)

    def job(self, job: Job) -> Job:
        """Return the job as it stands now."""
        return self.service.get(job.id)

    def items(self, job: Job) -> Sequence[Item]:
        """Return its items as they stand now."""
        return self.service.items(job.id)

    def item(self, job: Job) -> Item:
        """Return its only item as it stands now."""
        (item,) = self.items(job)
        return item

    def receive(self, worker: Worker | None = None) -> Step:
        """Let a worker receive without waiting."""
        return (worker or self.worker).receive_once(NO_WAIT)

    def process_all(self, worker: Worker | None = None) -> None:
        """Let a worker receive and process until it finds nothing more."""
        worker = worker or self.worker
        while self.receive(worker) is Step.DONE or worker.has_waiting:
            if worker.work_one() is Step.BLOCKED:
                return

    def take(self) -> Held:
        """Return the message that the worker holds longest, which holds it no more."""
        taken = self.worker._holding.take()
        assert taken is not None
        return taken[0]

    def messages(self) -> Sequence[Received]:
        """Receive what is visible now, up to ten."""
        return self.context.queue.receive(10, wait=NO_WAIT)

    def tick(self, **units: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**units))
