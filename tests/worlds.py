"""A whole service on fakes, with a clock that only moves when told to."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from adapters.memory.audit import MemoryAudit
from adapters.memory.cipher import MemoryCipher
from adapters.memory.clock import MemoryClock
from adapters.memory.database import MemoryDatabase
from adapters.memory.dead_letters import MemoryDeadLetters
from adapters.memory.documents import MemoryDocuments
from adapters.memory.engine import MemoryEngine
from adapters.memory.ids import MemoryIds
from adapters.memory.imaging import MemoryImaging
from adapters.memory.jobs import MemoryJobs
from adapters.memory.meter import MemoryMeter
from adapters.memory.page_images import MemoryPageImages
from adapters.memory.pdf_writer import MemoryPdfWriter
from adapters.memory.ports import memory_ports
from adapters.memory.queue import MemoryQueue
from adapters.memory.receivers import MemoryReceivers
from adapters.memory.uploads import MemoryUploads
from ocrcore import LOCAL_OWNER, Item, Job, JobOptions, JobStatus, OcrService, Policy, Step, Upload, Worker
from ocrcore.application.context import Context
from ocrcore.application.worker.attempt import Attempt, Delivery
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.formats.registry import FORMATS
from ocrcore.formats.results import JobResult
from ocrcore.ports.audit import Audit
from ocrcore.ports.documents import Documents
from ocrcore.ports.engine import Engine, EngineFailure
from ocrcore.ports.jobs import Jobs
from ocrcore.ports.page_images import PageImages
from ocrcore.ports.queue import Queue, Received
from ocrcore.ports.receivers import Receivers
from ocrcore.ports.uploads import Uploads
from ocrcore.testing.faults import Faulty

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
NO_WAIT = timedelta()


def picture(text: str = "HELLO") -> bytes:
    """Return bytes that the fake engine reads as ``text``."""
    return b"PICTURE:" + text.encode()


def uploads(*texts: str) -> Sequence[Upload]:
    """Return pictures of texts, as files 0.png, 1.png, ..."""
    return [Upload(f"{number}.png", io.BytesIO(picture(text))) for number, text in enumerate(texts)]


def of_contents(*contents: bytes) -> Sequence[Upload]:
    """Return these bytes as files 0, 1, ..."""
    return [Upload(str(number), io.BytesIO(content)) for number, content in enumerate(contents)]


def text_of(result: JobResult) -> str:
    """Return a job's result as text."""
    return b"".join(FORMATS["txt"].job(result)).decode()


@dataclass
class World:
    """The fakes, their faults, and the service on top."""

    policy: Policy = field(default_factory=Policy)
    clock: MemoryClock = field(default_factory=lambda: MemoryClock(START))

    def __post_init__(self) -> None:
        self.database = MemoryDatabase()
        self.jobs: Faulty[Jobs] = Faulty(MemoryJobs(self.database))
        self.queue: Faulty[Queue] = Faulty(MemoryQueue(self.clock))
        documents = MemoryDocuments()
        self.documents: Faulty[Documents] = Faulty(documents)
        self.uploads: Faulty[Uploads] = Faulty(MemoryUploads(documents))
        self.engine: Faulty[Engine] = Faulty(MemoryEngine())
        self.page_images: Faulty[PageImages] = Faulty(MemoryPageImages())
        self.audit: Faulty[Audit] = Faulty(MemoryAudit(self.database))
        self.hosts = MemoryReceivers()
        self.receivers: Faulty[Receivers] = Faulty(self.hosts)
        self.dead_letters = MemoryDeadLetters(self.clock)
        self.meter = MemoryMeter()
        ports = memory_ports(self.database) | {"jobs": self.jobs.port}
        self.context = Context(
            **ports,
            audit=self.audit.port,
            documents=self.documents.port,
            uploads=self.uploads.port,
            queue=self.queue.port,
            dead_letters=self.dead_letters,
            engine=self.engine.port,
            imaging=MemoryImaging(),
            page_images=self.page_images.port,
            pdf_writer=MemoryPdfWriter(),
            meter=self.meter,
            clock=self.clock,
            ids=MemoryIds(),
            receivers=self.receivers.port,
            cipher=MemoryCipher(),
            policy=self.policy,
        )
        self.use(OcrService(self.context))
        self.worker = self.new_worker()

    def use(self, service: OcrService) -> None:
        """Ask another service from now on."""
        self.service, self.owned = service, service.of(LOCAL_OWNER)

    def new_worker(self) -> Worker:
        """Return another worker process of the same service."""
        return self.service.worker(slots=10)

    def submit(self, *texts: str, expires_in: timedelta | None = None, keep: timedelta | None = None) -> Job:
        """Submit one picture of each text, by default one."""
        options = replace(JobOptions(), keep=keep)
        options = options if expires_in is None else replace(options, expires_in=expires_in)
        return self.owned.submit(uploads(*(texts or ("HELLO",))), options)

    def job(self, job: Job) -> Job:
        """Return the job as it stands now."""
        return self.owned.get(job.id)

    def items(self, job: Job) -> Sequence[Item]:
        """Return its items as they stand now."""
        return self.owned.items(job.id)

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

    def take(self) -> Delivery:
        """Remove and return the delivery that waits longest in the worker."""
        taken = self.worker._prefetched.take()
        assert taken is not None
        return taken

    def claim(self, worker: Worker | None = None) -> Attempt:
        """Let a worker claim its oldest delivery and fetch the document, and go no further."""
        attempt = (worker or self.worker).claim_one()
        assert isinstance(attempt, Attempt)
        return attempt

    def messages(self) -> Sequence[Received]:
        """Receive what is visible now, up to ten."""
        return self.context.queue.receive(10, wait=NO_WAIT)

    def tick(self, **units: float) -> None:
        """Let time pass."""
        self.clock.advance(timedelta(**units))


def half_done(world: World) -> Job:
    """Return a job of one DONE and one ERROR item."""
    job = world.submit("GOOD", "BAD")
    world.receive()
    world.worker.work_one()
    world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    world.worker.work_one()
    assert world.job(job).status is JobStatus.ERROR
    return job
