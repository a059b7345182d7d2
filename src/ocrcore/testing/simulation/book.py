"""The book: what clients sent and what they were told, kept by themselves."""

from dataclasses import dataclass, field
from uuid import UUID

from ocrcore.domain.lifecycle import JobStatus


@dataclass(slots=True)
class Submitted:
    """One request to submit."""

    #: Of the request; no two share it.
    trace: str
    owner: str
    texts: tuple[str, ...]
    files: tuple[bytes, ...]
    key: str | None = None
    #: What was answered: a job's id, the name of an error, or None for no answer.
    answer: UUID | str | None = None


@dataclass(slots=True)
class Book:
    """The clients' own history."""

    submissions: dict[str, Submitted] = field(default_factory=dict)
    #: Job id -> the submission that was answered with it.
    told: dict[UUID, Submitted] = field(default_factory=dict)
    #: Jobs that their owner asked to delete, answered or not.
    deleting: set[UUID] = field(default_factory=set)
    #: Jobs of which their owner was told that they are deleted.
    deleted: set[UUID] = field(default_factory=set)
    #: What owners were last told of their jobs.
    seen: dict[UUID, JobStatus] = field(default_factory=dict)
    #: (owner, idempotency key) -> every job that was answered to it.
    by_key: dict[tuple[str, str], set[UUID]] = field(default_factory=dict)
