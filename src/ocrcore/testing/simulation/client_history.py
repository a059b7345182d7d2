"""The clients' own history: what they sent, and what they were answered."""

from dataclasses import dataclass, field
from uuid import UUID

from ocrcore.domain.lifecycle import JobStatus


@dataclass(slots=True)
class Submitted:
    """One request to submit."""

    #: Of the request; no two share it.
    request_id: str
    owner: str
    #: The texts of each file's pages.
    texts: tuple[tuple[str, ...], ...]
    files: tuple[bytes, ...]
    key: str | None = None
    #: What was answered: a job's id, the name of an error, or None for no answer.
    answer: UUID | str | None = None

    @property
    def pages(self) -> list[tuple[str, bytes, int]]:
        """Text, file and number within it of every page, in the order of the job's items."""
        return [
            (text, file, number)
            for texts, file in zip(self.texts, self.files, strict=True)
            for number, text in enumerate(texts, 1)
        ]


@dataclass(slots=True)
class ClientHistory:
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
