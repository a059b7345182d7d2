"""Uploads by address: the files that a client announced, and what makes their draft a job once."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from ocrcore.domain.errors import DocumentsBusy
from ocrcore.domain.time_limits import UPLOAD_LIFE, UPLOAD_REST


class SubmitSuperseded(DocumentsBusy):
    """A later submit of the same draft is under way, which may still be refused."""

    sentence = "Another submit of this job is under way; send it again in a few seconds."


@dataclass(frozen=True, slots=True)
class AnnouncedFile:
    """A file that a client will upload."""

    filename: str
    #: In bytes; an upload of another size is refused.
    size: int
    #: What the client calls it. What it is follows from its bytes, as for every file.
    content_type: str = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Uploads:
    """The uploads of a draft, and of its job until nothing of them is left.

    Submitting takes long, and two submits may run at once, with another upload between them. Each begins with the next
    ``serial`` and with ``names`` of its own, and copies the uploads to keys of these names. Only the submit whose
    serial is the latest may commit, so that nobody else writes to, or removes, the documents of a job.
    """

    #: Empty once the job is submitted.
    files: tuple[AnnouncedFile, ...]
    #: The end of the latest address, or of the submit if that was later.
    until: datetime
    #: Number of submits that began.
    serial: int = 0
    #: The names of the documents of the latest submit, one for each file.
    names: tuple[UUID, ...] = ()
    #: When upkeep is to remove what is not needed any more, or None.
    purge_at: datetime | None = None

    @classmethod
    def announced(cls, files: tuple[AnnouncedFile, ...], now: datetime) -> "Uploads":
        """Return the uploads of a new draft."""
        return cls(files, _end(now))

    def renewed(self, now: datetime) -> "Uploads":
        """Return the uploads with addresses that end later."""
        return replace(self, until=max(self.until, _end(now)))

    def begun(self, names: tuple[UUID, ...], now: datetime) -> "Uploads":
        """Return the uploads with the next submit; what an earlier one copied is not needed any more."""
        return replace(self, serial=self.serial + 1, names=names, purge_at=now if self.serial else self.purge_at)

    def submitted(self, now: datetime) -> "Uploads":
        """Return the uploads after their submit was committed; others may still be copying them."""
        return replace(self, files=(), until=max(self.until, now), purge_at=now)

    def purged(self, now: datetime, *, submitted: bool) -> "Uploads | None":
        """Return the uploads after a purge, or None if no further purge is needed.

        The uploads of a job are purged at once, and again when nothing can arrive at the last address any more.
        """
        if not submitted:
            return replace(self, purge_at=None)
        rest = self.until + UPLOAD_REST
        return None if now >= rest else replace(self, purge_at=rest)


def _end(now: datetime) -> datetime:
    """Return the end of an address that is made now, in whole seconds."""
    return (now + UPLOAD_LIFE).replace(microsecond=0)
