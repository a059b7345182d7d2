"""The clients' history: their requests and the responses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple
from uuid import UUID

from ocrcore.domain.lifecycle import JobStatus
from ocrcore.domain.options import JobOptions


class SentPage(NamedTuple):
    """A page of a submission."""

    text: str
    file: bytes
    #: From 1, within the file.
    number: int
    #: The item code of a file that cannot be read; empty for a page that can.
    refusal: str


@dataclass(slots=True)
class Submitted:
    """One submission request."""

    #: Unique.
    request_id: str
    owner: str
    #: The texts of each file's pages; a file that cannot be read has one page, without text. Of a draft they are known
    #: when it was submitted.
    texts: tuple[tuple[str, ...], ...]
    files: tuple[bytes, ...]
    #: The idempotency key.
    key: str | None = None
    #: Index of a file that cannot be read -> its item code, in a submission that accepts such files.
    refusals: Mapping[int, str] = field(default_factory=dict)
    #: The options of its files; those of a draft's submit are of no use.
    options: JobOptions = field(default_factory=JobOptions)
    #: The response: a job's id, the name of an error, or None if there was no response.
    answer: UUID | str | None = None

    @property
    def pages(self) -> list[SentPage]:
        """Every page, in the order of the job's items."""
        return [
            SentPage(text, file, number, self.refusals.get(index, ""))
            for index, (texts, file) in enumerate(zip(self.texts, self.files, strict=True))
            for number, text in enumerate(texts, 1)
        ]


@dataclass(slots=True)
class Announced:
    """A draft whose files a client announced."""

    owner: str
    #: For each file, whatever was uploaded to its address -> the texts of its pages; none if it cannot be read.
    uploaded: list[dict[bytes, tuple[str, ...]]]
    #: The end of the latest address, in microseconds.
    until: int = 0


@dataclass(slots=True)
class ClientHistory:
    """The history of all clients."""

    #: Request id -> submission.
    submissions: dict[str, Submitted] = field(default_factory=dict)
    #: Job id -> draft that a client was told of.
    drafts: dict[UUID, Announced] = field(default_factory=dict)
    #: Job id -> the first submission whose response was this job.
    told: dict[UUID, Submitted] = field(default_factory=dict)
    #: Jobs that their owner requested to delete, with or without a response.
    deleting: set[UUID] = field(default_factory=set)
    #: Jobs whose deletion was confirmed to the owner.
    deleted: set[UUID] = field(default_factory=set)
    #: Jobs that retention deleted.
    outlived: set[UUID] = field(default_factory=set)
    #: The latest status that the owner received.
    seen: dict[UUID, JobStatus] = field(default_factory=dict)
    #: (Owner, idempotency key) -> every job that was returned for it.
    by_key: dict[tuple[str, str], set[UUID]] = field(default_factory=dict)

    def may_be_gone(self, job_id: UUID) -> bool:
        """Return whether the job was deleted, or its owner requested that."""
        return job_id in self.deleting or job_id in self.outlived
