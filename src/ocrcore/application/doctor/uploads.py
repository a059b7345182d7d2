"""Check that uploads belong to a draft, or to a job whose uploads upkeep is going to remove.

Uploads are listed before rows are read: a draft's row is there before its first upload, and knows of its uploads until
nothing of them can be left.
"""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.doctor.row_scan import job_row_of
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.keys import UPLOADS, upload_folder

#: Most uploads that are counted.
_KEYS: Final = 5000
#: Sorts after the end of a folder's name, and before every other character that an id continues with.
_BEYOND: Final = "0"


def examine_uploads(context: Context) -> Iterator[Finding]:
    """Yield a finding for the uploads of each job that is not known, or that has none according to its row."""
    for folder in _folders(context):
        job_id = _job_of(folder)
        row = None if job_id is None else job_row_of(context, job_id)
        if row is not None and row.has_uploads:
            continue
        if row is None and job_id is not None and context.tombstones.get(job_id) is not None:
            continue  # upkeep removes them
        number = len(context.documents.keys(folder, _KEYS))
        if number == 0:
            continue  # removed meanwhile
        words = f"{number} upload" if number == 1 else f"{number} uploads"
        if row is None:
            kind, seen = FindingKind.STRAY_JOB, f"{words} of no job that is known: {folder}"
        else:
            kind, seen = FindingKind.STRAY_DOCUMENT, f"{words} of a job that was submitted long ago: {folder}"
        yield Finding(kind, seen, job_id=job_id, key=folder, number=number)


def _folders(context: Context) -> Iterator[str]:
    """Yield ``uploads/{job}/`` of each job with uploads, with one listing for each; a key outside of one by itself."""
    after = ""
    while found := context.documents.keys(UPLOADS, 1, after=after):
        name, slash, _ = found[0].removeprefix(UPLOADS).partition("/")
        yield f"{UPLOADS}{name}{slash}"
        after = f"{UPLOADS}{name}{_BEYOND}" if slash else found[0]


def _job_of(folder: str) -> UUID | None:
    try:
        job_id = UUID(folder.removeprefix(UPLOADS).removesuffix("/"))
    except ValueError:
        return None
    return job_id if folder == upload_folder(job_id) else None
