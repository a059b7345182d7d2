"""The clients' history: their requests and the responses."""

from dataclasses import dataclass, field
from uuid import UUID

from ocrcore.domain.lifecycle import JobStatus


@dataclass(slots=True)
class Submitted:
    """One submission request."""

    #: Unique.
    request_id: str
    owner: str
    #: The texts of each file's pages.
    texts: tuple[tuple[str, ...], ...]
    files: tuple[bytes, ...]
    #: The idempotency key.
    key: str | None = None
    #: The response: a job's id, the name of an error, or None if there was no response.
    answer: UUID | str | None = None

    @property
    def pages(self) -> list[tuple[str, bytes, int]]:
        """Text, file and page number within the file of every page, in the order of the job's items."""
        return [
            (text, file, number)
            for texts, file in zip(self.texts, self.files, strict=True)
            for number, text in enumerate(texts, 1)
        ]


@dataclass(slots=True)
class ClientHistory:
    """The history of all clients."""

    #: Request id -> submission.
    submissions: dict[str, Submitted] = field(default_factory=dict)
    #: Job id -> the first submission whose response was this job.
    told: dict[UUID, Submitted] = field(default_factory=dict)
    #: Jobs that their owner requested to delete, with or without a response.
    deleting: set[UUID] = field(default_factory=set)
    #: Jobs whose deletion was confirmed to the owner.
    deleted: set[UUID] = field(default_factory=set)
    #: The latest status that the owner received.
    seen: dict[UUID, JobStatus] = field(default_factory=dict)
    #: (Owner, idempotency key) -> every job that was returned for it.
    by_key: dict[tuple[str, str], set[UUID]] = field(default_factory=dict)
