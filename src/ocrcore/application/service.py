"""The one driving port: everything that can be asked of ocrcore."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from ocrcore.application import read_jobs, read_results
from ocrcore.application.cancel_job import cancel_job
from ocrcore.application.check_services import check_services, service_checks
from ocrcore.application.context import Context
from ocrcore.application.delete_job import delete_job
from ocrcore.application.examine import examine
from ocrcore.application.progress import Watch, unwatched
from ocrcore.application.read_fleet import blocked_by, read_fleet, report_worker
from ocrcore.application.read_image import ItemImage, item_image
from ocrcore.application.read_timeline import read_timeline
from ocrcore.application.relay_outbox import relay_job
from ocrcore.application.rename_job import rename_job
from ocrcore.application.retry_job import retry_job
from ocrcore.application.submit_job import NewJob, Upload, submit_job
from ocrcore.application.submit_once import Submission, submit_once
from ocrcore.application.upkeep import upkeep_once
from ocrcore.application.worker import Worker
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.finding import Finding
from ocrcore.domain.fleet import Fleet, Totals, WorkerReport
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import ItemStatus
from ocrcore.domain.options import JobOptions
from ocrcore.ports.audit import AuditCursor
from ocrcore.ports.clock import Clock
from ocrcore.ports.engine import Offer
from ocrcore.ports.jobs import JobCursor, JobFilter

#: Whose jobs are those that were made without a key.
LOCAL_OWNER = "local"


class OcrService:
    """The use cases, for the HTTP handlers, the worker, the command line and library users alike.

    Safe to share between threads. Refusals are raised as ``Refusal``, services that do not answer as
    ``Unavailable``; both have a ``code``, and a sentence that the caller can act on.
    """

    def __init__(self, context: Context, *, sends: bool = True) -> None:
        self._context = context
        self._sends = sends

    def without_sending(self) -> "OcrService":
        """Return the same service, whose submissions and retries leave it to the caller to :meth:`send`."""
        return OcrService(self._context, sends=False)

    @property
    def languages(self) -> Sequence[str]:
        """The languages that may be asked for, unless a job names another engine."""
        return self._context.engine.languages

    @property
    def offers(self) -> Mapping[str, Offer]:
        """The engines that a job may name, ``auto`` among them."""
        return self._context.engine.offers

    def submit(
        self,
        uploads: Sequence[Upload],
        options: JobOptions | None = None,
        *,
        name: str | None = None,
        owner: str = LOCAL_OWNER,
        trace: str | None = None,
    ) -> Job:
        """Make one job of files, all or none; by default with the operator's options and the first file's name."""
        job = submit_job(self._context, owner, NewJob(uploads, options or self.default_options, name, trace))
        return self._sent(job)

    def submit_once(
        self,
        uploads: Sequence[Upload],
        options: JobOptions,
        *,
        key: str,
        name: str | None = None,
        owner: str = LOCAL_OWNER,
        trace: str | None = None,
    ) -> Submission:
        """Submit under an idempotency key: repeated with the same body, it returns the same job."""
        made = submit_once(self._context, owner, NewJob(uploads, options, name, trace), key)
        if not made.replayed:
            self._sent(made.job)
        return made

    def send(self, job_id: UUID) -> None:
        """Send the messages that were ordered for a job; those of a queue that is away are left to upkeep."""
        relay_job(self._context, job_id)

    @property
    def default_options(self) -> JobOptions:
        """What a job gets when the client does not choose."""
        policy = self._context.policy
        return JobOptions(languages=policy.languages, expires_in=policy.job_ttl)

    def get(self, job_id: UUID, *, owner: str = LOCAL_OWNER) -> Job:
        """Return a job as it stands now."""
        return read_jobs.read_job(self._context, owner, job_id)

    def list(
        self,
        only: JobFilter | None = None,
        *,
        after: JobCursor | None = None,
        limit: int = 50,
        owner: str = LOCAL_OWNER,
    ) -> Sequence[Job]:
        """Return jobs, newest first, those after the cursor."""
        return read_jobs.list_jobs(self._context, owner, only or JobFilter(), after, limit)

    def items(
        self,
        job_id: UUID,
        *,
        status: ItemStatus | None = None,
        after: int = -1,
        limit: int = 200,
        owner: str = LOCAL_OWNER,
    ) -> Sequence[Item]:
        """Return items of a job by position, those above ``after``."""
        return read_jobs.list_items(self._context, owner, job_id, status, after, limit)

    def item(self, item_id: UUID, *, owner: str = LOCAL_OWNER) -> Item:
        """Return an item as it stands now."""
        return read_jobs.get_item(self._context, owner, item_id)

    def result(self, job_id: UUID, *, owner: str = LOCAL_OWNER) -> str:
        """Return the text of a finished job's good pages, a form feed between each two."""
        return read_results.job_text(self._context, owner, job_id)

    def layouts(self, job_id: UUID, *, owner: str = LOCAL_OWNER) -> tuple[Job, Iterator[dict[str, Any]]]:
        """Return a finished job and the layouts of its good pages, in order, as the public document has them."""
        return read_results.job_layouts(self._context, owner, job_id)

    def item_result(self, item_id: UUID, *, owner: str = LOCAL_OWNER) -> str:
        """Return the text of a page."""
        return read_results.item_text(self._context, owner, item_id)

    def item_layout(self, item_id: UUID, *, owner: str = LOCAL_OWNER) -> dict[str, Any]:
        """Return the layout of a page, as the public document has it."""
        return read_results.item_layout(self._context, owner, item_id)

    def item_image(self, item_id: UUID, *, original: bool = False, owner: str = LOCAL_OWNER) -> ItemImage:
        """Return a page as a picture that browsers show, or the whole file that it came in as it was uploaded."""
        return item_image(self._context, owner, item_id, original=original)

    def timeline(
        self, job_id: UUID, *, after: AuditCursor | None = None, limit: int = 50, owner: str = LOCAL_OWNER
    ) -> Sequence[AuditEntry]:
        """Return what happened to a job, in order, after the cursor."""
        return read_timeline(self._context, owner, job_id, after, limit)

    def rename(self, job_id: UUID, name: str, *, owner: str = LOCAL_OWNER) -> Job:
        """Call a job something else."""
        return rename_job(self._context, owner, job_id, name)

    def cancel(self, job_id: UUID, *, owner: str = LOCAL_OWNER) -> Job:
        """End a job; what is done stays."""
        return cancel_job(self._context, owner, job_id)

    def retry(self, job_id: UUID, *, owner: str = LOCAL_OWNER, trace: str | None = None) -> Job:
        """Queue a finished job's ERROR items again."""
        return self._sent(retry_job(self._context, owner, job_id, trace))

    def delete(self, job_id: UUID, *, owner: str = LOCAL_OWNER) -> None:
        """Remove a job and all that belongs to it."""
        delete_job(self._context, owner, job_id)

    def worker(self, *, slots: int = 1) -> Worker:
        """Return a worker's steps, for a process that recognises so many pages at the same time."""
        return Worker(self._context, slots=slots)

    def upkeep_once(self) -> Mapping[str, int]:
        """Do what time has made due; return how much each step found."""
        return upkeep_once(self._context)

    def fleet(self) -> Fleet:
        """Return the workers and the work as they are now."""
        return read_fleet(self._context)

    def totals(self) -> Totals:
        """Return how many jobs and items there are of each status."""
        return self._context.workers.totals()

    def blocked_by(self, *jobs: Job) -> Sequence[str | None]:
        """Return for each job why it does not move, in one sentence, or None while it does or when it is finished."""
        return blocked_by(self._context, jobs)

    def report(self, *, worker_id: UUID, kind: str, host: str, slots: int, seconds_per_page: float | None) -> None:
        """Report a process; to be called every ten seconds, and with no slots when it stops."""
        now, engine = self._context.clock.now(), self._context.engine.version
        report_worker(self._context, WorkerReport(worker_id, kind, host, slots, engine, seconds_per_page, now))

    def checks(self) -> Mapping[str, bool]:
        """Return for every service behind a port whether it answers, asked one after the other."""
        return check_services(self._context)

    def probes(self) -> Mapping[str, Callable[[], bool]]:
        """Return for every service behind a port what tells whether it answers; all may be asked at once."""
        return service_checks(self._context)

    def examine(
        self,
        *,
        repair: bool = False,
        every_timeline: bool = False,
        machine: Clock | None = None,
        watch: Watch = unwatched,
    ) -> Iterator[Finding]:
        """Yield what disagrees between database, documents, queue and audit log, mending what can be if ``repair``.

        May run while the service does, and takes as long as there is much: ``watch`` is told how far it is.
        """
        return examine(self._context, repair=repair, every_timeline=every_timeline, machine=machine, watch=watch)

    def _sent(self, job: Job) -> Job:
        """Return the job, whose messages are sent unless that is left to the caller."""
        if self._sends:
            self.send(job.id)
        return job
