"""The driving port: what can be asked of ocrcore."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.doctor.examine import examine
from ocrcore.application.doctor.progress import Watch, unwatched
from ocrcore.application.fleet import read_fleet, report_worker
from ocrcore.application.jobs.owner_jobs import OwnerJobs
from ocrcore.application.jobs.submit import default_options
from ocrcore.application.probes import check_services, service_checks
from ocrcore.application.upkeep.relay_outbox import relay_job
from ocrcore.application.upkeep.upkeep import upkeep_once
from ocrcore.application.worker.worker import Worker
from ocrcore.domain.finding import Finding
from ocrcore.domain.fleet import Fleet, Totals, WorkerReport
from ocrcore.domain.options import JobOptions
from ocrcore.ports.clock import Clock
from ocrcore.ports.engine import Offer


class OcrService:
    """The use cases, for the HTTP handlers, the worker, the command line and library users alike.

    A client's verbs are on what :meth:`of` returns; here are those of a process. Safe to share between threads.
    Refusals are raised as ``Refusal``, services that do not answer as ``Unavailable``; both have a ``code``, and a
    sentence that the caller can act on.
    """

    def __init__(self, context: Context, *, sends: bool = True) -> None:
        self._context = context
        self._sends = sends

    def of(self, owner: str) -> OwnerJobs:
        """Return the jobs of an owner, and every verb on them."""
        return OwnerJobs(self._context, owner, sends=self._sends)

    def without_sending(self) -> "OcrService":
        """Return the same service, whose submissions and retries leave it to the caller to :meth:`send`."""
        return OcrService(self._context, sends=False)

    def send(self, job_id: UUID) -> None:
        """Send the messages in a job's outbox; if the queue is unavailable, upkeep sends them."""
        relay_job(self._context, job_id)

    @property
    def languages(self) -> Sequence[str]:
        """The languages that may be asked for, unless a job names another engine."""
        return self._context.engine.languages

    @property
    def offers(self) -> Mapping[str, Offer]:
        """The engines that a job may name, ``auto`` among them."""
        return self._context.engine.offers

    @property
    def default_options(self) -> JobOptions:
        """The options of a job whose client chooses none."""
        return default_options(self._context)

    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """Return the deadlines of those of the jobs that are open; whoever waits for jobs asks for all at once."""
        return self._context.jobs.open_deadlines(job_ids)

    def now(self) -> datetime:
        """Return the present instant by the service's clock."""
        return self._context.clock.now()

    def worker(self, *, slots: int = 1) -> Worker:
        """Return a worker's steps, for a process that recognises so many pages at the same time."""
        return Worker(self._context, slots=slots)

    def upkeep_once(self) -> Mapping[str, int]:
        """Do what is due; return how much each step found."""
        return upkeep_once(self._context)

    def fleet(self) -> Fleet:
        """Return the workers and the work as they are now."""
        return read_fleet(self._context)

    def totals(self) -> Totals:
        """Return how many jobs and items there are of each status."""
        return self._context.workers.totals()

    def report(self, *, worker_id: UUID, kind: str, host: str, slots: int, seconds_per_page: float | None) -> None:
        """Report a process; to be called every ten seconds, and with no slots when it stops."""
        now, engine = self._context.clock.now(), self._context.engine.version
        report_worker(self._context, WorkerReport(worker_id, kind, host, slots, engine, seconds_per_page, now))

    def checks(self) -> Mapping[str, bool]:
        """Return for every service behind a port whether it answers, asked one after the other."""
        return check_services(self._context)

    def probes(self) -> Mapping[str, Callable[[], bool]]:
        """Return for every service behind a port a probe that tells whether it answers; all may run at once."""
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

        May run while the service does. ``watch`` is called with the progress.
        """
        return examine(self._context, repair=repair, every_timeline=every_timeline, machine=machine, watch=watch)
