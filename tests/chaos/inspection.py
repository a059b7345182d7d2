"""The inspection: what a deployment holds in the end, seen from outside, against what its users were told.

It asks the database and the parts themselves; nothing of the product is trusted to tell.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from chaos.deployment import Deployment
from chaos.load import Sent
from chaos.uploads import BROKEN, Page
from ocrcore.testing.patience import eventually, seconds_of

_FINISHED: Final = frozenset({"DONE", "ERROR", "EXPIRED"})

Row = dict[str, Any]


def wait_until_finished(deployment: Deployment) -> float:
    """Return how many seconds it took until nothing was open, ordered, or on its way."""
    return seconds_of(lambda: eventually(lambda: _is_quiet(deployment)))


def _is_quiet(deployment: Deployment) -> bool:
    open_jobs = "SELECT COUNT(*) FROM jobs WHERE submitted_at IS NOT NULL AND status IN ('PENDING', 'PROCESSING')"
    left = [open_jobs, "SELECT COUNT(*) FROM outbox", "SELECT COUNT(*) FROM audit_outbox"]
    return all(_rows(deployment, query)[0]["COUNT(*)"] == 0 for query in left) and deployment.messages.all() == 0


def inspect(deployment: Deployment, sent: Sequence[Sent]) -> Iterator[str]:
    """Yield a sentence for everything that is not as it was promised."""
    jobs = {row["id"]: row for row in _rows(deployment, "SELECT * FROM jobs WHERE submitted_at IS NOT NULL")}
    items: dict[str, list[Row]] = {}
    for row in _rows(deployment, "SELECT * FROM job_items ORDER BY position"):
        items.setdefault(row["job_id"], []).append(row)
    log = _log(deployment)
    yield from _left_over(deployment)
    for one in sent:
        if one.job_id is None:
            yield f"lost: submission {one.key} never had an answer"
        elif one.others:
            yield f"doubled: key {one.key} made {one.job_id} and {sorted(one.others)}"
        elif one.deleted:
            yield from _of_deleted(deployment, one.job_id, log.get(one.job_id, []))
            if one.job_id in jobs or one.job_id in items:
                yield f"undead: rows of the deleted job {one.job_id}"
        elif one.job_id not in jobs:
            yield f"lost: job {one.job_id}"
        else:
            yield from _of_job(deployment, one, jobs[one.job_id], items.get(one.job_id, []), log.get(one.job_id, []))
    for stranger in jobs.keys() - {one.job_id for one in sent}:
        yield f"doubled: job {stranger} was never told to anybody"


def _left_over(deployment: Deployment) -> Iterator[str]:
    for table in ("outbox", "audit_outbox"):
        for row in _rows(deployment, f"SELECT * FROM {table}"):  # noqa: S608 - our own words
            yield f"stuck: {table} holds {row}"
    if left := deployment.messages.all():
        yield f"stuck: {left} messages are left"


def _of_deleted(deployment: Deployment, job_id: str, log: list[Row]) -> Iterator[str]:
    if [entry["action"] for entry in log].count("job.deleted") != 1:
        yield f"mistold: the log does not tell once that job {job_id} was deleted"
    # Eventually: a worker may have been at it when it was deleted.
    if not eventually(lambda: not deployment.objects.any_of(job_id)):
        yield f"undead: objects of the deleted job {job_id}"


def _of_job(deployment: Deployment, sent: Sent, job: Row, items: list[Row], log: list[Row]) -> Iterator[str]:
    if job["status"] not in _FINISHED:
        yield f"stuck: job {job['id']} is {job['status']}: {[(item['status'], item['attempts']) for item in items]}"
    if len(items) != len(sent.pages):
        yield f"lost: job {job['id']} has {len(items)} items for {len(sent.pages)} pages"
    if len({item["s3_key"] for item in items}) != len(sent.files):
        yield f"lost: job {job['id']} has not one object for each of its {len(sent.files)} files"
    yield from _miscounted(job, items)
    for item, page in zip(items, sent.pages, strict=False):
        yield from _of_item(deployment, sent, item, page)
    yield from _mistold(job, items, log)


def _miscounted(job: Row, items: list[Row]) -> Iterator[str]:
    found = Counter(item["status"].lower() for item in items)
    for name in ("pending", "processing", "done", "error"):
        if job[name] != found[name]:
            yield f"miscounted: job {job['id']} says {job[name]} {name}, and has {found[name]}"
    if job["expired"] != sum(item["error_code"] == "expired" for item in items) or job["total"] != len(items):
        yield f"miscounted: job {job['id']}"


def _of_item(deployment: Deployment, sent: Sent, item: Row, page: Page) -> Iterator[str]:
    about = f"item {item['id']} of job {item['job_id']}"
    if item["page"] != page.number:
        yield f"mixed up: {about} is page {item['page']}, and should be {page.number}"
    if deployment.objects.digest(item["s3_key"]) != hashlib.sha256(page.file.content).digest():
        yield f"lost: the object of {about} is not what was uploaded"
    if item["attempts"] > item["attempts_limit"]:
        yield f"wrong: {about} has {item['attempts']} attempts of {item['attempts_limit']}"
    if item["status"] == "DONE":
        if page.text == BROKEN or item["ocr_text"] != page.text:
            yield f"mixed up: {about} should read {page.text!r} and reads {item['ocr_text']!r}"
        if deployment.objects.digest(item["layout_key"] or "-") is None:
            yield f"lost: the layout of {about}"
    elif item["status"] == "ERROR" and not _may_be(item, sent, page):
        yield f"wrong: {about} is ERROR {item['error_code']} after {item['attempts']} attempts"


def _may_be(item: Row, sent: Sent, page: Page) -> bool:
    match item["error_code"]:
        case "expired":
            return sent.expires_in is not None
        case "cancelled":
            return sent.cancelled
        case "image-truncated":
            return page.text == BROKEN and not page.file.refusal
        case "too-many-attempts":
            return bool(item["attempts"] == item["attempts_limit"])
        case code:
            return bool(code == page.file.refusal and (sent.retried or not item["attempts"]))


def _mistold(job: Row, items: list[Row], log: list[Row]) -> Iterator[str]:
    """Demand that the log has one entry for each change, in the order of their causes."""
    told = [(entry["action"], entry["detail"].get("item_id")) for entry in log]
    times = Counter(told)
    if told[:1] != [("job.created", None)] or times["job.created", None] != 1:
        yield f"mistold: the log of job {job['id']} begins with {told[:1]}"
    for item in items:
        done = times["item.recognised", item["id"]]
        if done != (item["status"] == "DONE"):
            yield f"mistold: item {item['id']} is {item['status']}, and was recognised {done} times"
        if times["item.claimed", item["id"]] != item["attempts"]:
            yield f"mistold: item {item['id']} has {item['attempts']} attempts, and the log tells otherwise"
        if done and told.index(("item.claimed", item["id"])) > told.index(("item.recognised", item["id"])):
            yield f"mistold: item {item['id']} was recognised before it was claimed"


def _log(deployment: Deployment) -> dict[str, list[Row]]:
    """Return the audit log by job, in the order of its sort keys, without what was only read."""
    found: dict[str, list[Row]] = {}
    for job_id, entry in deployment.log.entries():
        if entry["action"] not in {"job.read", "result.read"}:
            found.setdefault(job_id, []).append(entry)
    for entries in found.values():
        entries.sort(key=lambda entry: entry["sk"])
    return found


def _rows(deployment: Deployment, query: str) -> list[Row]:
    with deployment.engine.connect() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]
