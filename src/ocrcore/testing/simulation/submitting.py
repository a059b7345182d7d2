"""Submitting: what a client sends, and how the response is judged."""

import io
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final
from uuid import UUID

from ocrcore.application.jobs.new_job import Upload
from ocrcore.domain.errors import (
    CommitUnknown,
    DocumentsBusy,
    IdempotencyMismatch,
    JobGone,
    OcrError,
    QuotaExceeded,
    Unavailable,
)
from ocrcore.domain.job import Job
from ocrcore.domain.options import JobOptions
from ocrcore.testing.simulation.asking import Asking
from ocrcore.testing.simulation.client_history import Submitted
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import SECOND, Kernel, Process
from ocrcore.testing.simulation.processes import Processes
from ocrcore.testing.simulation.world import World

_DAYS: Final = timedelta(days=2)
#: For how long jobs are kept after they are finished.
_KEEPS: Final = (None, None, None, None, timedelta(minutes=1), timedelta(minutes=3))
_NONE: Final[Mapping[int, str]] = MappingProxyType({})


class Submitting(Asking):
    """Submits jobs of one owner, and notes in the history of all clients what was sent and what was answered."""

    #: Most tries of a submission with a key, until there is a response.
    tries = 3

    def __init__(self, kernel: Kernel, world: World, processes: Processes, owner: str) -> None:
        super().__init__(kernel, world, processes, owner)
        self._client_history = world.checker.client_history
        #: The jobs of which it was told.
        self._jobs: list[UUID] = []

    def submit_something(self) -> None:
        """Submit pages, with an idempotency key or without one."""
        self._submit(keyed=self._kernel.random.random() < 0.5)

    def _submit(self, *, keyed: bool = False, bad: bool = False) -> None:
        random = self._kernel.random
        texts, files = self._files(random.choice((1, 1, 2, 3)), most=random.choice((1, 1, 3)))
        if bad:
            files = (*files[:-1], random.choice((b"", b"no picture")))
        expires_in = _DAYS if random.random() < 0.75 else timedelta(seconds=random.randrange(5, 90))
        number = len(self._client_history.submissions) if random.random() < 0.8 else 0
        options = JobOptions(expires_in=expires_in, keep=random.choice(_KEEPS))
        self._submit_files(texts, files, options, f"key-{number}" if keyed else None)

    def _repeat(self) -> None:
        """Repeat an earlier submission with a key, whatever became of it."""
        sent = [
            submitted
            for submitted in self._client_history.submissions.values()
            if submitted.owner == self._owner and submitted.key is not None
        ]
        if sent:
            first = self._kernel.random.choice(sent)
            self._submit_files(first.texts, first.files, first.options, first.key, first.refusals)

    def _submit_partial(self, keep: timedelta | None = None) -> UUID | None:
        """Submit good files and one that cannot be read, and accept that."""
        random = self._kernel.random
        texts, files = self._files(random.choice((1, 1, 2)), most=random.choice((1, 2, 3)))
        place = random.randrange(len(files) + 1)
        code, bad = random.choice(self._unreadable())
        files, texts = (*files[:place], bad, *files[place:]), (*texts[:place], ("",), *texts[place:])
        key = f"key-{len(self._client_history.submissions)}"
        options = JobOptions(expires_in=_DAYS, accept_partial=True, keep=keep)
        return self._submit_files(texts, files, options, key, {place: code})

    def _unreadable(self) -> tuple[tuple[str, bytes], ...]:
        """Return files that cannot be read, with their codes. The first page of the last one could be."""
        pages = self._world.policy.max_pages + 1
        long = self._world.fakes.document([f"simulated page of a long document {page}" for page in range(pages)])
        return ("empty-file", b""), ("unsupported-image", b"no picture"), ("too-many-pages", long)

    def submit_pages(self, pages: int, key: str) -> None:
        """Submit this many pages, and repeat until there is a response."""
        self._submit_files(*self._files(pages, most=1), JobOptions(expires_in=_DAYS), key)

    def _files(self, count: int, *, most: int) -> tuple[tuple[tuple[str, ...], ...], tuple[bytes, ...]]:
        """Return unique texts, and files of them, each of up to ``most`` pages."""
        random, number = self._kernel.random, len(self._client_history.submissions)
        texts = tuple(
            tuple(f"simulated page {self._owner} {number}.{file}.{page}" for page in range(random.randrange(most) + 1))
            for file in range(count)
        )
        return texts, tuple(self._world.fakes.document(pages) for pages in texts)

    def _submit_files(
        self,
        texts: tuple[tuple[str, ...], ...],
        files: tuple[bytes, ...],
        options: JobOptions,
        key: str | None,
        refusals: Mapping[int, str] = _NONE,
    ) -> UUID | None:
        """Submit, with a key repeatedly until there is a response; return the job's id if that is one."""
        for _ in range(self.tries if key else 1):
            request_id = f"request-{len(self._client_history.submissions)}"
            submitted = Submitted(request_id, self._owner, texts, files, key, refusals, options)
            if not self._send(submitted):
                return submitted.answer if isinstance(submitted.answer, UUID) else None
            self._kernel.sleep(2 * SECOND)
        return None

    def _send(self, submitted: Submitted) -> bool:
        """Send one request; return whether it should be repeated."""
        self._client_history.submissions[submitted.request_id] = submitted

        def submit(process: Process) -> Job:
            uploads = [Upload(f"{index}.png", io.BytesIO(file)) for index, file in enumerate(submitted.files)]
            jobs = self.verbs(process)
            about = {"name": submitted.texts[0][0] or None, "request_id": submitted.request_id}
            if submitted.key is None:
                return jobs.submit(uploads, submitted.options, **about)
            return jobs.submit_once(uploads, submitted.options, key=submitted.key, **about).job

        asked_at = self._kernel.now
        answer = self.ask(submit, "submit")
        if isinstance(answer, Job):
            self.accepted(submitted, answer)
            return False
        if isinstance(answer, QuotaExceeded):
            wanted = len(submitted.pages), sum(map(len, submitted.files))
            self._world.checker.quotas.refused(self._owner, asked_at, wanted)
        if isinstance(answer, OcrError):
            submitted.answer = type(answer).__name__
            self.refused(submitted, answer)
            return isinstance(answer, Unavailable | DocumentsBusy)
        return True

    def accepted(self, submitted: Submitted, job: Job) -> None:
        submitted.answer = job.id
        if job.owner != self._owner or job.counts.total != len(submitted.pages):
            self._kernel.fail(
                Invariant.ITEM_PER_PAGE,
                f"{submitted.request_id} was answered with job {job.id} of {job.counts.total} items",
            )
        self._client_history.told.setdefault(job.id, submitted)
        first = self._client_history.told[job.id]
        if first.files != submitted.files:
            self._kernel.fail(
                Invariant.ONE_JOB_PER_KEY, f"{submitted.request_id} was answered with the job of another body"
            )
        if submitted.key is not None:
            jobs = self._client_history.by_key.setdefault((self._owner, submitted.key), set())
            jobs.add(job.id)
            if len(jobs) > 1:
                self._kernel.fail(
                    Invariant.ONE_JOB_PER_KEY, f"key {submitted.key} made the jobs {sorted(map(str, jobs))}"
                )
        if job.id not in self._jobs:
            self._jobs.append(job.id)

    def refused(self, submitted: Submitted, error: OcrError) -> None:
        self.check_error(error)
        if isinstance(error, CommitUnknown):
            return
        if isinstance(error, JobGone):
            self._world.checker.commits.keeping.gone(submitted)
        if isinstance(error, IdempotencyMismatch):
            self._world.checker.commits.keeping.mismatched(submitted)
        for job in self._world.fakes.tables.jobs.values():
            if job.request_id == submitted.request_id and job.submitted_at is not None:
                self._kernel.fail(
                    Invariant.REFUSAL_LEAVES_NOTHING,
                    f"{submitted.request_id} was refused with {error!r}, and its job {job.id} is there",
                )
