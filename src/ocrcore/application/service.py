"""The driving port: the service's public interface."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from ocrcore.application.access.authenticate import authenticate, ended_among
from ocrcore.application.access.keys import OperatorKeys, OwnerKeys
from ocrcore.application.access.request_limit import RequestLimit
from ocrcore.application.access.sessions import HeldSession, close_session, open_session, resume_session
from ocrcore.application.context import Context
from ocrcore.application.doctor.examine import examine
from ocrcore.application.doctor.overview import glance, read_overview
from ocrcore.application.doctor.progress import Watch, unwatched
from ocrcore.application.fleet import read_fleet, report_worker, search_backlog
from ocrcore.application.jobs.changes import ChangeWatch
from ocrcore.application.jobs.owner_jobs import OwnerJobs
from ocrcore.application.jobs.submit import default_options
from ocrcore.application.jobs.upload import check_key, check_upload, receive_upload
from ocrcore.application.probes import Probe, check_services, service_checks
from ocrcore.application.upkeep.relay_outbox import relay_job
from ocrcore.application.upkeep.upkeep import upkeep_once
from ocrcore.application.webhooks.deliver import deliver_once, due_webhooks, forget_deliveries_once
from ocrcore.application.webhooks.owner_webhooks import OwnerWebhooks
from ocrcore.application.worker.worker import Worker
from ocrcore.domain.caller import Caller
from ocrcore.domain.finding import Finding
from ocrcore.domain.fleet import Fleet, Totals, WorkerReport
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import JobOptions
from ocrcore.domain.overview import Glance, Overview
from ocrcore.domain.webhook import Delivery
from ocrcore.ports.clock import Clock
from ocrcore.ports.deliveries import DeliveryFigures
from ocrcore.ports.tracer import Tracer
from ocrcore.ports.uploads import UploadGrant


class OcrService:
    """The use cases, for HTTP handlers, workers, the command line and library users.

    :meth:`of` returns the verbs of a client; the other methods are those of a process. Safe to share between threads.
    Refused requests raise ``Refusal``, unavailable services ``Unavailable``; both have a ``code``, and a sentence that
    the caller can act on.
    """

    def __init__(self, context: Context, *, sends: bool = True) -> None:
        self._context = context
        self._sends = sends

    def of(self, owner: str) -> OwnerJobs:
        """Return the verbs of a client on the jobs of an owner."""
        return self.by(Caller(owner))

    def by(self, caller: Caller) -> OwnerJobs:
        """Return the verbs of a client on the jobs of its owner, for as long as its key is alive."""
        return OwnerJobs(self._context, caller, sends=self._sends)

    def authenticate(self, key: str, address: str = "") -> Caller:
        """Return the holder of a key, given as its text, that a client at this address sent.

        Raises ``Unauthenticated``, and counts that for the address, if it is told.
        """
        return authenticate(self._context, key, address)

    def ended_among(self, callers: Collection[Caller]) -> AbstractSet[Caller]:
        """Return those of many callers whose keys, sessions or tokens have ended. Raises ``DatabaseUnavailable``."""
        return ended_among(self._context, callers)

    def open_session(self, key: str, address: str) -> HeldSession:
        """Open a session with a key, given as its text, for a client at this address.

        Raises ``Unauthenticated``, and ``TooManyLogins``.
        """
        return open_session(self._context, key, address)

    def resume_session(self, text: str) -> HeldSession:
        """Return the holder of a session, given as its text. Raises ``Unauthenticated``."""
        return resume_session(self._context, text)

    def close_session(self, caller: Caller) -> None:
        """Close the session of a caller, if it has one."""
        close_session(self._context, caller)

    def check_issuer(self) -> None:
        """Return if the issuer of access tokens gives its keys, or none is trusted. Raises ``IssuerUnavailable``."""
        if self._context.tokens is not None:
            self._context.tokens.check()

    def keys_of(self, caller: Caller) -> OwnerKeys:
        """Return the verbs of a client on the keys of its owner."""
        return OwnerKeys(self._context, caller)

    def webhooks_of(self, caller: Caller) -> OwnerWebhooks:
        """Return the verbs of a client on the webhooks of its owner."""
        return OwnerWebhooks(self._context, caller)

    def due_webhooks(self) -> Mapping[UUID, str]:
        """Return webhooks with a delivery that is due, in any order, each with its owner, for processes that serve."""
        return due_webhooks(self._context)

    def deliver_once(self, webhook_id: UUID) -> Delivery | None:
        """Send the delivery of a webhook that is due longest, which may take ten seconds.

        Return the delivery after that, or None: nothing is due, two are being sent, or another process went on with it.
        """
        return deliver_once(self._context, webhook_id)

    def forget_deliveries_once(self) -> int:
        """Delete some deliveries that are not listed any more; return how many. Call it again if there were any."""
        return forget_deliveries_once(self._context)

    def delivery_figures(self) -> DeliveryFigures:
        """Return the numbers of deliveries by status, and since when the oldest that is due has been due."""
        return self._context.deliveries.figures(self._context.clock.now())

    @property
    def request_limit(self) -> RequestLimit:
        """The limit of requests of each owner, for entrypoints that serve many."""
        return RequestLimit(self._context)

    @property
    def tracer(self) -> Tracer:
        """Records the spans of entrypoints, and of the steps that they call."""
        return self._context.tracer

    @property
    def keys(self) -> OperatorKeys:
        """The verbs of the operator on the keys of all owners."""
        return OperatorKeys(self._context)

    def without_sending(self) -> "OcrService":
        """Return a service whose submissions and retries do not send messages: the caller calls :meth:`send`."""
        return OcrService(self._context, sends=False)

    def send(self, job_id: UUID) -> None:
        """Send the messages in a job's outbox; if the queue is unavailable, upkeep sends them."""
        relay_job(self._context, job_id)

    def check_upload(self, grant: UploadGrant, signature: str) -> str:
        """Return whose draft it is. Raises ``UploadRefused`` unless a client may upload a file to this address now."""
        return check_upload(self._context, grant, signature)

    def check_key_of(self, grant: UploadGrant) -> None:
        """Raise ``UploadRefused`` if the key has ended by which the address of an upload under way was given."""
        check_key(self._context, grant)

    def receive_upload(self, grant: UploadGrant, content: BinaryIO) -> None:
        """Store what a client sent to an address that :meth:`check_upload` admitted."""
        receive_upload(self._context, grant, content)

    @property
    def languages(self) -> Sequence[str]:
        """The languages of ``auto``, the default engine."""
        return self._context.engine.languages

    @property
    def offers(self) -> Mapping[str, Offer]:
        """The engines that a job may name, ``auto`` among them."""
        return self._context.engine.offers

    @property
    def default_options(self) -> JobOptions:
        """The options of a job whose client sets none."""
        return default_options(self._context)

    def open_deadlines(self, job_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
        """Return the deadlines of the open jobs among these, with one query."""
        return self._context.jobs.open_deadlines(job_ids)

    def watch(self) -> ChangeWatch:
        """Return a look at the changes of all owners' jobs, which all streams of a process share."""
        return ChangeWatch(self._context)

    def now(self) -> datetime:
        """Return the current instant of the service's clock."""
        return self._context.clock.now()

    def worker(self, *, slots: int = 1, worker_id: UUID | None = None) -> Worker:
        """Return the steps of a worker that recognises ``slots`` pages at the same time.

        ``worker_id`` is that of its reports; the audit log names it as the one who claimed a page.
        """
        return Worker(self._context, slots=slots, worker_id=worker_id)

    def upkeep_once(self, moved: Callable[[], None] = lambda: None) -> Mapping[str, int]:
        """Run every step of upkeep; return the number of rows that each step handled.

        ``moved`` is called before each round of a step.
        """
        return upkeep_once(self._context, moved)

    def fleet(self) -> Fleet:
        """Return the current workers and open pages."""
        return read_fleet(self._context)

    def totals(self) -> Totals:
        """Return the numbers of jobs and items by status."""
        return self._context.workers.totals()

    def overview(self) -> Overview:
        """Return the fleet, the totals, the last hour and the dead letters, as they were within a few seconds."""
        return read_overview(self._context)

    def glance(self) -> Glance:
        """Return what the doctor's quick checks find, or found within the last half minute; see :meth:`examine`."""
        return glance(self._context)

    def search_backlog(self) -> int:
        """Return how many recognised pages wait to be added to the search index; of more than 10,000, that many."""
        return search_backlog(self._context)

    def report(self, *, worker_id: UUID, kind: str, host: str, slots: int, seconds_per_page: float | None) -> None:
        """Store a report of a process; call this every ten seconds, and with 0 slots when the process stops."""
        now, engine = self._context.clock.now(), self._context.engine.version
        report_worker(
            self._context, WorkerReport(worker_id, kind, host, slots, engine, seconds_per_page, now, documents=True)
        )

    def checks(self) -> Mapping[str, bool]:
        """Return whether each service behind a port is available, checked one after the other."""
        return {name: code is None for name, code in check_services(self._context).items()}

    def probes(self) -> Mapping[str, Probe]:
        """Return a probe for each service behind a port, which returns whether it is available; all may run at once."""
        return service_checks(self._context)

    def examine(
        self,
        *,
        repair: bool = False,
        restored: bool = False,
        every_timeline: bool = False,
        machine: Clock | None = None,
        watch: Watch = unwatched,
    ) -> Iterator[Finding]:
        """Yield the inconsistencies between database, documents, queue and audit log; ``repair`` fixes some of them.

        May run while the service runs. ``restored`` with ``repair`` may not: it is for a database that was put back
        from a copy, and gives its open jobs and drafts their whole time again. ``watch`` is called with the progress.
        """
        return examine(
            self._context,
            repair=repair,
            restored=restored,
            every_timeline=every_timeline,
            machine=machine,
            watch=watch,
        )
