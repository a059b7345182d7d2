"""The checker of rows: what the rows of a job say of each other, whatever led to them."""

import gzip
import json
import re
from collections import Counter

from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.testing.simulation.invariants import Invariant
from ocrcore.testing.simulation.kernel import Kernel


def check_rows(kernel: Kernel, job: Job, items: list[Item]) -> None:
    """Check the counts and the status of a job, computed from its items, and the fields of each item."""
    found = Counter(item.status.value for item in items)
    expired = sum(item.error_code == "expired" for item in items)
    counts = job.counts
    stored = (counts.total, counts.pending, counts.processing, counts.done, counts.error, counts.expired)
    true = (len(items), found["PENDING"], found["PROCESSING"], found["DONE"], found["ERROR"], expired)
    if stored != true:
        kernel.fail(Invariant.COUNTS_MATCH, f"job {job.id} counts {stored}, its items are {true}")
    if found["PENDING"] + found["PROCESSING"]:
        status = "PENDING" if found["PENDING"] == len(items) else "PROCESSING"
    else:
        status = "EXPIRED" if expired else "ERROR" if found["ERROR"] else "DONE"
    if job.status.value != status:
        kernel.fail(Invariant.COUNTS_MATCH, f"job {job.id} says {job.status}, its items {status}")
    if (job.finished_at is None) != (status in {"PENDING", "PROCESSING"}):
        kernel.fail(Invariant.COUNTS_MATCH, f"job {job.id} is {status} and finished at {job.finished_at}")
    for item in items:
        _check_fields(kernel, item)


def _check_fields(kernel: Kernel, item: Item) -> None:
    status = item.status.value
    texts = (item.ocr_text is None, item.engine is None, item.layout_key is None)
    if texts != ((False,) * 3 if status == "DONE" else (True,) * 3):
        kernel.fail(Invariant.OWN_TEXT, f"item {item.id} is {status} with text {item.ocr_text!r} of {item.engine}")
    if (item.finished_at is None) == (status in {"DONE", "ERROR"}):
        kernel.fail(Invariant.OWN_TEXT, f"item {item.id} is {status} and finished at {item.finished_at}")
    if (item.error_code is None) == (status == "ERROR") or (item.lease_until is None) == (status == "PROCESSING"):
        kernel.fail(
            Invariant.OWN_TEXT, f"item {item.id} is {status} with code {item.error_code}, lease {item.lease_until}"
        )


def has_words(terms: str, text: str) -> bool:
    """Return whether the terms of a page of the search index have all words of a simulated text."""
    return set(re.findall(r"[a-z0-9]+", text)) <= set(terms.split(" "))


def is_whole(layout: bytes) -> bool:
    """Return whether a stored layout has the same letters in its text as in its lines."""
    fields = json.loads(gzip.decompress(layout))
    lines = "".join(line["text"] for line in fields["lines"])
    return "".join(fields["text"].split()) == "".join(lines.split())
