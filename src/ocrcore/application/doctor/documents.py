"""Check that rows and documents belong together.

Rows and keys are read once each, as a merge in the order of job ids. Documents that seem missing or stray are checked
again, in an order that decides: a document is stored before a row refers to it, and deleted after the row.
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
#: Most keys in memory at once.
_KEYS: Final = 5000
_LAYOUT: Final = re.compile(r"(?P<item>[0-9a-f-]{36})\.\d{1,9}\.layout\.json\.gz", re.ASCII)


def examine_documents(context: Context, watch: Watch) -> Iterator[Finding]:
    """Yield missing documents and stray documents."""
    count = 0
    for folder, items, keys in _side_by_side(context):
        count += len(items)
        watch("items", count)
        yield from _examine_job(context, items, keys) if items else _examine_stray(context, folder, keys)


def _side_by_side(context: Context) -> Iterator[tuple[str, Sequence[ItemRow], Iterator[str]]]:
    """Yield the common prefix of the keys, the items and the keys of each job; keys are read lazily."""
    jobs = ((job_folder(job_id), items) for job_id, items in by_job(all_items(context)))
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
    """Return ``jobs/{job}/``, or the key itself if it has only one part below ``jobs/``."""
    name, slash, _ = key.removeprefix(_ALL).partition("/")
    return f"{_ALL}{name}{slash}"


def _examine_job(context: Context, items: Sequence[ItemRow], keys: Iterator[str]) -> Iterator[Finding]:
    """Compare the rows of one submitted job with its documents."""
    unread = {key: item for item in items for key in _wanted(item)}
    ids = _ids(items)
    odd = (key for key in keys if unread.pop(key, None) is None and not _is_layout(key, ids))
    yield from _judge_strays(context, items[0].place.job_id, odd)
    for key, item in unread.items():
        yield from _judge_missing(context, key, item)
    yield from (_missing_layout(item) for item in items if _names_no_layout(item))


def _wanted(item: ItemRow) -> Iterator[str]:
    yield item.s3_key
    if item.status is ItemStatus.DONE and item.layout_key is not None:
        yield item.layout_key


def _names_no_layout(item: ItemRow) -> bool:
    return item.status is ItemStatus.DONE and item.layout_key is None


def _ids(items: Sequence[ItemRow]) -> AbstractSet[str]:
    return {str(item.item_id) for item in items}


def _is_layout(key: str, ids: AbstractSet[str]) -> bool:
    """Return whether the key has the form of a layout of one of these items, of any attempt."""
    match = _LAYOUT.fullmatch(key.rpartition("/")[2])
    return match is not None and match["item"] in ids


def _judge_missing(context: Context, key: str, item: ItemRow) -> Iterator[Finding]:
    if _exists(context, key):
        return
    again = item_again(context, item)  # read after the document, because rows are deleted first
    if again is None or key not in _wanted(again):
        return
    if key == item.s3_key:
        seen = f"{item.status} item, its upload is not there: {key}"
        yield Finding(FindingKind.MISSING_UPLOAD, seen, item.place.job_id, item.item_id, key)
    else:
        yield _missing_layout(item)


def _missing_layout(item: ItemRow) -> Finding:
    seen = f"{item.status} item, its layout is not there: {item.layout_key or 'the row names none'}"
    return Finding(FindingKind.MISSING_LAYOUT, seen, item.place.job_id, item.item_id, item.layout_key)


def _judge_strays(context: Context, job_id: UUID, keys: Iterator[str]) -> Iterator[Finding]:
    """Yield the keys that no row of the job refers to, according to rows that are read after the listing.

    A job's items are inserted and deleted in one transaction each, so a job has all of its items or none. A draft has
    none, and its documents are stored before them. Copies of uploads are upkeep's, until nothing of them is left. If an
    item refers to a page of another item, a document without a row may be the right one of this item, so it is not
    reported as removable.
    """
    while listed := list(islice(keys, _KEYS)):
        items, row = items_of(context, job_id), job_row_of(context, job_id)
        if not items or row is None or row.has_uploads or sharing_a_page(items):
            continue
        wanted, ids = {key for item in items for key in _wanted(item)}, _ids(items)
        for key in listed:
            if key not in wanted and not _is_layout(key, ids) and _exists(context, key):
                yield Finding(FindingKind.STRAY_DOCUMENT, f"no row refers to {key}", job_id=job_id, key=key)


def _examine_stray(context: Context, folder: str, keys: Iterator[str]) -> Iterator[Finding]:
    """Check documents of a job that had no items when the rows were read."""
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
