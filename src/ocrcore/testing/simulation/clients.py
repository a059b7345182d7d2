"""Clients: users of the service, who remember what they sent and what they were told."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from ocrcore.application.submit_job import Upload
from ocrcore.domain.errors import (
    CommitUnknown,
    DatabaseUnavailable,
    ItemNotFound,
    JobNotFound,
    OcrError,
    Refusal,
    Unavailable,
)
from ocrcore.domain.job import Job
from ocrcore.domain.options import JobOptions
from ocrcore.testing.simulation.book import Submitted
from ocrcore.testing.simulation.crew import Crew
from ocrcore.testing.simulation.kernel import SECOND, START, Actor, Kernel, Process, micros
from ocrcore.testing.simulation.world import World

#: How long a client waits for an answer.
_PATIENCE: Final = 120 * SECOND
_DAYS: Final = timedelta(days=2)
#: What a client does next, in proportion.
_DEEDS: Final = (
    *("submit",) * 3,
    *("submit_with_key",) * 3,
    "submit_bad",
    *("read",) * 4,
    *("items",) * 2,
    *("result",) * 2,
    "timeline",
    "list",
    "rename",
    *("cancel",) * 2,
    *("retry",) * 3,
    *("delete",) * 2,
    "pry",
)
#: What a client does so that the operation which a history is about is called.
_CALLED_FOR: Final = {
    "jobs.list": "list",
    "jobs.item": "items",
    "jobs.items": "items",
    "jobs.find": "submit_with_key",
    "documents.keys": "delete",
    "documents.delete": "delete",
    "tombstones.get": "delete",
    "tombstones.replace": "delete",
    "audit.timeline": "timeline",
    "jobs.get": "read",
}


#: What another owner may try on a job, and on an item.
_OF_JOBS: Final = ("get", "items", "result", "layouts", "timeline", "rename", "cancel", "retry", "delete")
_OF_ITEMS: Final = ("item", "item_result", "item_layout", "item_image")
#: What they may get for it.
_BARRED: Final = (JobNotFound, ItemNotFound, DatabaseUnavailable, CommitUnknown)


class Client:
    """One user, of one owner."""

    #: How often a submission with a key is sent until it is answered.
    tries = 3

    def __init__(self, kernel: Kernel, world: World, crew: Crew, owner: str, operation: str) -> None:
        self._kernel = kernel
        self._world = world
        self._crew = crew
        self._owner = owner
        self._book = world.witness.book
        self._jobs: list[UUID] = []
        self._called_for = _CALLED_FOR.get(operation)
        #: Whether it has nothing more to ask.
        self.done = False

    def live(self) -> None:
        """Submit, and then do this and that."""
        random = self._kernel.random
        self._submit(keyed=random.random() < 0.5)
        deeds = [random.choice(_DEEDS) for _ in range(random.randrange(1, 6))]
        if self._called_for:
            deeds.insert(random.randrange(len(deeds) + 1), self._called_for)
        for deed in deeds:
            self._kernel.sleep(int(random.random() * random.choice((1, 10, 30)) * SECOND))
            self._do(deed)
        self.done = True

    def _do(self, deed: str) -> None:
        if deed.startswith("submit"):
            self._submit(keyed=deed == "submit_with_key", bad=deed == "submit_bad")
        elif deed == "list":
            self._list()
        elif deed == "pry":
            self._pry()
        elif self._jobs:
            verb: Callable[[UUID], None] = getattr(self, f"_{deed}")
            verb(self._kernel.random.choice(self._jobs))

    def _ask(self, what: Callable[[Process], Any], intent: str = "") -> Any:  # noqa: ANN401 - whatever the service answers
        """Return what a process of the API answered: a value, an ``OcrError``, or None for no answer."""
        kernel = self._kernel
        live = self._crew.live("api")
        if not live:
            kernel.sleep(5 * SECOND)
            return None
        process = kernel.random.choice(live)
        answers: list[Any] = []

        def serve() -> None:
            try:
                answers.append(what(process))
            except OcrError as error:
                answers.append(error)

        request: Actor = kernel.spawn(process, f"request-{self._owner}", serve)
        request.intent = intent
        kernel.sleep(_PATIENCE, lambda: bool(answers) or process.dead, of=process)
        return answers[0] if answers else None

    def _submit(self, *, keyed: bool = False, bad: bool = False) -> None:
        random = self._kernel.random
        texts, files = self._pages(random.choice((1, 1, 2, 3)))
        if bad:
            files = (*files[:-1], random.choice((b"", b"no picture")))
        expires_in = _DAYS if random.random() < 0.75 else timedelta(seconds=random.randrange(5, 90))
        number = len(self._book.submissions) if random.random() < 0.8 else 0
        self._submit_files(texts, files, expires_in, f"key-{number}" if keyed else None)

    def submit_pages(self, pages: int, key: str) -> None:
        """Submit so many pages, and again until that is answered."""
        self._submit_files(*self._pages(pages), _DAYS, key)

    def _pages(self, count: int) -> tuple[tuple[str, ...], tuple[bytes, ...]]:
        """Return texts that nobody else sends, and pictures of them."""
        number = len(self._book.submissions)
        texts = tuple(f"simulated page {self._owner} {number}.{page}" for page in range(count))
        return texts, tuple(self._world.fakes.picture(text) for text in texts)

    def _submit_files(
        self, texts: tuple[str, ...], files: tuple[bytes, ...], expires_in: timedelta, key: str | None
    ) -> None:
        for _ in range(self.tries if key else 1):
            submitted = Submitted(f"request-{len(self._book.submissions)}", self._owner, texts, files, key)
            if not self._send(submitted, expires_in):
                break
            self._kernel.sleep(2 * SECOND)

    def _send(self, submitted: Submitted, expires_in: timedelta) -> bool:
        """Send one request; tell whether it should be repeated."""
        self._book.submissions[submitted.trace] = submitted

        def submit(process: Process) -> Job:
            uploads = [Upload(f"{index}.png", io.BytesIO(file)) for index, file in enumerate(submitted.files)]
            options = JobOptions(expires_in=expires_in)
            about = {"name": submitted.texts[0], "owner": self._owner, "trace": submitted.trace}
            if submitted.key is None:
                return process.service.submit(uploads, options, **about)
            return process.service.submit_once(uploads, options, key=submitted.key, **about).job

        answer = self._ask(submit, "submit")
        if isinstance(answer, Job):
            self._accepted(submitted, answer)
            return False
        if isinstance(answer, OcrError):
            submitted.answer = type(answer).__name__
            self._refused(submitted, answer)
            return isinstance(answer, Unavailable)
        return True

    def _accepted(self, submitted: Submitted, job: Job) -> None:
        submitted.answer = job.id
        if job.owner != self._owner or job.counts.total != len(submitted.files):
            self._kernel.fail(1, f"{submitted.trace} was answered with job {job.id} of {job.counts.total} items")
        self._book.told.setdefault(job.id, submitted)
        first = self._book.told[job.id]
        if first.files != submitted.files:
            self._kernel.fail(17, f"{submitted.trace} was answered with the job of another body")
        if submitted.key is not None:
            jobs = self._book.by_key.setdefault((self._owner, submitted.key), set())
            jobs.add(job.id)
            if len(jobs - self._book.deleting) > 1:
                self._kernel.fail(17, f"key {submitted.key} made the jobs {sorted(map(str, jobs))}")
        if job.id not in self._jobs:
            self._jobs.append(job.id)

    def _refused(self, submitted: Submitted, error: OcrError) -> None:
        self._demand_known(error)
        if isinstance(error, CommitUnknown):
            return
        for job in self._world.fakes.tables.jobs.values():
            if job.trace == submitted.trace and job.submitted_at is not None:
                self._kernel.fail(18, f"{submitted.trace} was refused with {error!r}, and its job {job.id} is there")

    def _demand_known(self, error: OcrError) -> None:
        if not isinstance(error, Refusal | Unavailable) or not error.code or not str(error):
            self._kernel.fail(22, f"a user was shown {error!r}")

    def _about(self, job_id: UUID, verb: Callable[[Process], Any], intent: str = "") -> Any:  # noqa: ANN401 - whatever the service answers
        """Ask about an own job, and compare the answer with what was heard before."""
        clocks: list[int] = []

        def ask(process: Process) -> Any:  # noqa: ANN401 - whatever the service answers
            clocks.append(self._kernel.now + process.skew)
            return verb(process)

        asked_at, leaps = self._kernel.now, self._kernel.leaps
        answer = self._ask(ask, intent)
        if isinstance(answer, OcrError):
            self._demand_known(answer)
        if isinstance(answer, JobNotFound) and job_id not in self._book.deleting:
            self._kernel.fail(1, f"job {job_id}, which {self._owner} was told of, is not found")
        if isinstance(answer, Job):
            self._compare(job_id, answer)
            late = micros(answer.sqs_retention_deadline - START) <= clocks[0]
            set_meanwhile = leaps != self._kernel.leaps or self._kernel.disturbed_at >= asked_at
            if late and answer.is_open and not set_meanwhile:
                self._kernel.fail(24, f"job {job_id} is shown as {answer.status} after its deadline")
        return answer

    def _compare(self, job_id: UUID, job: Job) -> None:
        if job.id != job_id or job.owner != self._owner:
            self._kernel.fail(19, f"{self._owner} asked for job {job_id} and was shown {job.id} of {job.owner}")
        if self._book.seen.get(job_id) == "DONE" and job.status != "DONE":
            self._kernel.fail(3, f"job {job_id} was DONE and is {job.status}")
        self._book.seen[job_id] = job.status

    def _read(self, job_id: UUID) -> None:
        self._about(job_id, lambda process: process.service.get(job_id, owner=self._owner))

    def _items(self, job_id: UUID) -> None:
        items = self._about(job_id, lambda process: process.service.items(job_id, owner=self._owner))
        if isinstance(items, list) and items:
            item_id = items[0].id
            self._ask(lambda process: process.service.item(item_id, owner=self._owner))

    def _result(self, job_id: UUID) -> None:
        text = self._about(job_id, lambda process: process.service.result(job_id, owner=self._owner))
        if isinstance(text, str):
            pages = set(self._book.told[job_id].texts)
            strange = [page for page in text.split("\f") if page and page not in pages]
            if strange:
                self._kernel.fail(6, f"the result of job {job_id} holds {strange}")

    def _timeline(self, job_id: UUID) -> None:
        entries = self._about(job_id, lambda process: process.service.timeline(job_id, owner=self._owner))
        if isinstance(entries, list) and any(entry.job_id != job_id for entry in entries):
            self._kernel.fail(19, f"the timeline of job {job_id} tells of others")

    def _list(self) -> None:
        jobs = self._ask(lambda process: process.service.list(owner=self._owner))
        if isinstance(jobs, list):
            for job in jobs:
                if job.owner != self._owner or job.submitted_at is None:
                    self._kernel.fail(19, f"{self._owner} was shown job {job.id} of {job.owner}")

    def _rename(self, job_id: UUID) -> None:
        name = f"name {self._kernel.now}"
        self._about(job_id, lambda process: process.service.rename(job_id, name, owner=self._owner), "rename")

    def _cancel(self, job_id: UUID) -> None:
        self._about(job_id, lambda process: process.service.cancel(job_id, owner=self._owner), "cancel")

    def _retry(self, job_id: UUID) -> None:
        trace = self._book.told[job_id].trace
        self._about(job_id, lambda process: process.service.retry(job_id, owner=self._owner, trace=trace), "retry")

    def _delete(self, job_id: UUID) -> None:
        self._book.deleting.add(job_id)

        def delete(process: Process) -> str:
            process.service.delete(job_id, owner=self._owner)
            return "deleted"

        answer = self._about(job_id, delete, "delete")
        if isinstance(answer, JobNotFound):
            self._kernel.fail(20, f"job {job_id} was deleted by its owner, and is not found at another delete")
        if answer == "deleted":
            self._book.deleted.add(job_id)
            if job_id in self._world.fakes.tables.jobs:
                self._kernel.fail(20, f"job {job_id} was deleted, and is still there")

    def _pry(self) -> None:
        """Ask for another owner's job, in every way."""
        foreign = [job_id for job_id, told in self._book.told.items() if told.owner != self._owner]
        if not foreign:
            return
        job_id = self._kernel.random.choice(foreign)
        verb = self._kernel.random.choice((*_OF_JOBS, *_OF_ITEMS))
        target = job_id
        if verb in _OF_ITEMS:
            target = next((item.id for item in self._world.fakes.tables.items_of(job_id)), job_id)
        words = ("stolen",) if verb == "rename" else ()
        answer = self._ask(lambda process: getattr(process.service, verb)(target, *words, owner=self._owner), "pry")
        if answer is not None and not isinstance(answer, _BARRED):
            self._kernel.fail(19, f"{self._owner} asked to {verb} {target} of another and got {answer!r}")


def owners(count: int) -> tuple[str, ...]:
    """Return the names of so many owners."""
    return ("ana", "bo", "cy")[:count]
