"""Mutants of drafts whose files are uploaded to addresses."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.jobs import submit_draft
from ocrcore.application.upkeep import purge, purge_uploads
from ocrcore.domain.job import Job
from ocrcore.domain.keys import job_folder
from ocrcore.domain.uploads import Uploads
from ocrcore.testing.simulation.fakes import Fakes
from ocrcore.testing.simulation.mutants.replacing import replaced


def serial_ignored() -> AbstractContextManager[None]:
    """A submit commits although another one has begun since."""

    def is_latest(row: Job, ready: Job) -> bool:
        del row, ready
        return True

    return replaced(submit_draft, "_is_latest", is_latest)


def names_before_listing() -> AbstractContextManager[None]:
    """The purge reads the names that count before it lists the keys."""
    original = purge_uploads._keys  # noqa: SLF001 - the mutant replaces it

    def keys(context: Context, folder: str) -> list[str]:
        names = {str(name) for name in _names(context, UUID(folder.split("/")[1]))}
        listed = original(context, folder)
        superseded = [key for key in listed if key.rpartition("/")[2].partition(".")[0] not in names]
        context.documents.delete([key for key in superseded if not key.endswith(".layout.json.gz")])
        return []

    return replaced(purge_uploads, "_keys", keys)


def _names(context: Context, job_id: UUID) -> tuple[UUID, ...]:
    uploads = context.jobs.transact(job_id, lambda transaction: transaction.job).uploads
    return () if uploads is None else uploads.names


def purged_once() -> AbstractContextManager[None]:
    """The uploads of a job are purged when it is submitted, and not again."""

    def purged(uploads: Uploads, now: datetime, *, submitted: bool) -> Uploads | None:
        del now
        return None if submitted else replace(uploads, purge_at=None)

    return replaced(Uploads, "purged", purged)


def tombstone_forgets_uploads() -> AbstractContextManager[None]:
    """The purge of a deleted draft passes over its uploads."""
    return replaced(purge, "upload_folder", job_folder)


def unconditional_copy(fakes: Fakes) -> Fakes:
    """An upload is copied whatever its version."""

    class Unconditional:
        """Uploads whose copies have no condition."""

        def copy(self, key: str, version: str, document: str) -> None:
            del version
            uploads = fakes.context.uploads
            uploads.copy(key, uploads.stat(key).version, document)

        def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - the type of any attribute
            return getattr(fakes.context.uploads, name)

    unconditional: Any = Unconditional()
    return replace(fakes, context=replace(fakes.context, uploads=unconditional))
