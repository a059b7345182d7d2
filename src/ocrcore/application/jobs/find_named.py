"""Find jobs by a part of their names, at a bounded cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ocrcore.application.context import Context
from ocrcore.application.jobs.read import list_jobs
from ocrcore.domain.job import Job
from ocrcore.domain.lifecycle import JobStatus
from ocrcore.domain.name_filter import NameFilter
from ocrcore.ports.jobs import JobCursor, JobFilter

#: Jobs that one call looks at, and those of them that it reads at a time.
MOST_LOOKED_AT: Final = 1000
_BATCH: Final = 250


@dataclass(frozen=True, slots=True)
class NamedJobs:
    """Jobs that were found, newest first."""

    jobs: Sequence[Job]
    #: Where to go on; None if there is no further job. There may be one although few were found, or none.
    after: JobCursor | None


def find_named(
    context: Context, owner: str, text: str, status: JobStatus | None, after: JobCursor | None, limit: int
) -> NamedJobs:
    """Return up to ``limit`` jobs after the cursor whose names have the text, as :class:`NameFilter` tells.

    No index of a database finds a part of a name in every script, so the names are compared here. The jobs are read in
    the order of the list, from its index, and a call looks at no more than :data:`MOST_LOOKED_AT` of them.
    """
    wanted, found = NameFilter(text), list[Job]()
    for _ in range(MOST_LOOKED_AT // _BATCH):
        batch = list_jobs(context, owner, JobFilter(status), after, _BATCH)
        for job in batch:
            if wanted.passes(job.name):
                if len(found) == limit:
                    return NamedJobs(found, _place(found[-1]))
                found.append(job)
            after = _place(job)
        if len(batch) < _BATCH:
            return NamedJobs(found, None)
    return NamedJobs(found, after)


def _place(job: Job) -> JobCursor:
    return JobCursor(job.created_at, job.id)
