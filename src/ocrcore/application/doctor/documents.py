"""Examine: whether rows and documents belong together.

Rows and keys are read once each, side by side in the order of the jobs' ids. What seems to be missing or stray is
looked at again, in the order that decides: a document is stored before its row refers to it, and goes after its row.
"""

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import groupby, islice
from typing import Final
from uuid import UUID

from ocrcore.application.context import Context
from ocrcore.application.doctor.progress import Watch
from ocrcore.application.doctor.row_scan import (
    all_items,
    by_job,
    item_again,
    items_of,
    job_row_of,
    sharing_a_page,
)
from ocrcore.domain.finding import Finding, FindingKind
from ocrcore.domain.item_row import ItemRow
from ocrcore.domain.keys import job_folder
from ocrcore.domain.lifecycle import ItemStatus

_ALL: Final = "jobs/"
#: Keys that are in memory at once.
_KEYS: Final = 5000
_LAYOUT: Final = re.compile(r"(?P<item>[0-9a-f-]{36})\.\d{1,9}\.layout\.json\.gz", re.ASCII)


def examine_documents(context: Context, watch: Watch) -> Iterator[Finding]:
    """Yield documents that are missing, and documents that nobody knows."""
    items = 0
    for folder, entries, keys in _side_by_side(context):
        items += len(entries)
        watch("items", items)
        yield from _examine_job(context, entries, keys) if entries else _examine_stray(context, folder, keys)


def _side_by_side(context: Context) -> Iterator[tuple[str, Sequence[ItemRow], Iterator[str]]]:
    """Yield what each job has of both, by the common beginning of its keys; keys are not kept in memory."""
    jobs = ((job_folder(job_id), entries) for job_id, entries in by_job(all_items(context)))
    folders = groupby(_all_keys(context), key=_folder_of)
    job, folder = next(jobs, None), next(folders, None)
    while job is not None or folder is not None:
        if folder is None or (job is not None and job[0] < folder[0]):
            assert job is not None  # noqa: S101 - for the type checker: one of the two is there
            yield *job, iter(())
            job = next(jobs, None)
        elif job is None or folder[0] < job[0]:
            yield folder[0], (), folder[1]
            folder = next(folders, None)
        else:
            yield *job, folder[1]
            job, folder = next(jobs, None), next(folders, None)


def _all_keys(context: Context) -> Iterator[str]:
    after = ""
    while page := context.documents.keys(_ALL, _KEYS, after=after):
        yield from page
        after = page[-1]


def _folder_of(key: str) -> str:
    """Return ``jobs/{job}/``, or the key itself where it has no more than one part below ``jobs/``."""
    name, slash, _ = key.removeprefix(_ALL).partition("/")
    return f"{_ALL}{name}{slash}"


def _examine_job(context: Context, entries: Sequence[ItemRow], keys: Iterator[str]) -> Iterator[Finding]:
    """Compare the rows of one submitted job with its documents."""
    unread = {key: entry for entry in entries for key in _wanted(entry)}
    ids = _ids(entries)
    odd = (key for key in keys if unread.pop(key, None) is None and not _is_layout(key, ids))
    yield from _judge_strays(context, entries[0].place.job_id, odd)
    for key, entry in unread.items():
        yield from _judge_missing(context, key, entry)
    yield from (_missing_layout(entry) for entry in entries if _names_no_layout(entry))


def _wanted(entry: ItemRow) -> Iterator[str]:
    yield entry.s3_key
    if entry.status is ItemStatus.DONE and entry.layout_key is not None:
        yield entry.layout_key


def _names_no_layout(entry: ItemRow) -> bool:
    return entry.status is ItemStatus.DONE and entry.layout_key is None


def _ids(entries: Sequence[ItemRow]) -> AbstractSet[str]:
    return {str(entry.item_id) for entry in entries}


def _is_layout(key: str, ids: AbstractSet[str]) -> bool:
    """Tell whether the key is that of a layout which some attempt on one of these items may have left."""
    match = _LAYOUT.fullmatch(key.rpartition("/")[2])
    return match is not None and match["item"] in ids


def _judge_missing(context: Context, key: str, entry: ItemRow) -> Iterator[Finding]:
    if _exists(context, key):
        return
    again = item_again(context, entry)  # after the document: rows go first
    if again is None or key not in _wanted(again):
        return
    if key == entry.s3_key:
        seen = f"{entry.status} item, its upload is not there: {key}"
        yield Finding(FindingKind.MISSING_UPLOAD, seen, entry.place.job_id, entry.item_id, key)
    else:
        yield _missing_layout(entry)


def _missing_layout(entry: ItemRow) -> Finding:
    seen = f"{entry.status} item, its layout is not there: {entry.layout_key or 'the row names none'}"
    return Finding(FindingKind.MISSING_LAYOUT, seen, entry.place.job_id, entry.item_id, entry.layout_key)


def _judge_strays(context: Context, job_id: UUID, keys: Iterator[str]) -> Iterator[Finding]:
    """Yield those of the keys that no row of the job refers to, now that they were listed.

    Where there are items, all of them are there, for they come in one transaction, until the job goes. A draft has
    none, and its documents come before them. Where an item names a page of others, a document that no row refers to may
    be its own: nobody is told to remove it.
    """
    while listed := list(islice(keys, _KEYS)):
        entries = items_of(context, job_id)
        if not entries or job_row_of(context, job_id) is None or sharing_a_page(entries):
            continue
        wanted, ids = {key for entry in entries for key in _wanted(entry)}, _ids(entries)
        for key in listed:
            if key not in wanted and not _is_layout(key, ids) and _exists(context, key):
                yield Finding(FindingKind.STRAY_DOCUMENT, f"no row refers to {key}", job_id=job_id, key=key)


def _examine_stray(context: Context, folder: str, keys: Iterator[str]) -> Iterator[Finding]:
    """Look at documents of a job that had no items when the rows were read."""
    job_id = _job_of(folder)
    if job_id is not None and job_row_of(context, job_id) is not None:
        yield from _judge_strays(context, job_id, keys)
        return
    number = sum(1 for _ in keys)
    if job_id is not None and context.tombstones.get(job_id) is not None:
        return  # upkeep removes them
    if _exists(context, folder) or (folder.endswith("/") and context.documents.keys(folder, 1)):
        words = "document" if number == 1 else "documents"
        seen = f"{number} {words} of no job that is known: {folder}"
        yield Finding(FindingKind.STRAY_JOB, seen, job_id=job_id, key=folder, number=number)


def _exists(context: Context, key: str) -> bool:
    return key in context.documents.keys(key, 1)


def _job_of(folder: str) -> UUID | None:
    name = folder.removeprefix(_ALL).removesuffix("/")
    try:
        job_id = UUID(name)
    except ValueError:
        return None
    return job_id if folder == job_folder(job_id) else None
