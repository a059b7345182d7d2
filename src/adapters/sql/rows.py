"""Conversion between rows and domain objects, field by field: jobs, items and what follows from them."""

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping

from ocrcore.domain.audit import AuditAction, AuditEntry, named
from ocrcore.domain.codes import ItemErrorCode, ItemWarning, JobWarning
from ocrcore.domain.correction import Correction, Place
from ocrcore.domain.file_warning import FileWarning
from ocrcore.domain.fleet import WorkerReport
from ocrcore.domain.idempotency import IdempotencyKey
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job, Tombstone
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.domain.options import JobOptions
from ocrcore.domain.search_page import SearchPage
from ocrcore.domain.task import Task
from ocrcore.domain.uploads import AnnouncedFile, Uploads
from ocrcore.ports.outbox import Order

#: The columns of a row by name.
Columns = RowMapping | Mapping[str, Any]
#: The codes that are known here: a newer release may have written others.
_JOB_WARNINGS: Final = frozenset(map(str, JobWarning))
_ITEM_WARNINGS: Final = frozenset(map(str, ItemWarning))
#: Most characters of the languages that release 0.1 reads; there is no longer list of those that it knows.
_MOST_LANGUAGES: Final = 255
#: The number of a word that stands for its whole line, which sorts before its words.
_WHOLE_LINE: Final = -1


def job_row(job: Job) -> dict[str, Any]:
    """Return the columns of a job."""
    counts = job.counts
    return {
        "id": job.id,
        "owner": job.owner,
        "name": job.name,
        "created_at": job.created_at,
        "status": job.status.value,
        "sqs_retention_deadline": job.sqs_retention_deadline,
        "submitted_at": job.submitted_at,
        "finished_at": job.finished_at,
        "keep_until": job.keep_at_least_until,
        "s3_bucket": job.s3_bucket,
        **_idempotency_columns(job.idempotency),
        "trace": job.request_id,
        "languages": "+".join(job.options.languages)[:_MOST_LANGUAGES],
        "engine": job.options.engine,
        "psm": job.options.psm,
        "expires_in": int(job.options.expires_in.total_seconds()),
        "options": _options_text(job.options),
        "total": counts.total,
        "pending": counts.pending,
        "processing": counts.processing,
        "done": counts.done,
        "error": counts.error,
        "expired": counts.expired,
        "event_serial": job.event_serial,
        "last_event_at": job.last_event_at,
        "warnings": _warnings_text(job.warnings) if job.warnings else None,
        "stored_bytes": job.stored_bytes,
        **_uploads_columns(job.uploads),
    }


def job_of(row: Columns) -> Job:
    """Return the job of a row. The status column is a copy for queries, the counts are authoritative."""
    return Job(
        id=row["id"],
        owner=row["owner"],
        name=row["name"],
        created_at=row["created_at"],
        s3_bucket=row["s3_bucket"],
        options=_options_of(row["options"]) if row["options"] else _options_of_columns(row),
        sqs_retention_deadline=row["sqs_retention_deadline"],
        submitted_at=row["submitted_at"],
        idempotency=_idempotency(row["idempotency_key"], row["body_hash"]),
        request_id=row["trace"],
        finished_at=row["finished_at"],
        counts=Counts(
            total=row["total"],
            pending=row["pending"],
            processing=row["processing"],
            done=row["done"],
            error=row["error"],
            expired=row["expired"],
        ),
        event_serial=row["event_serial"],
        last_event_at=row["last_event_at"],
        warnings=_warnings_of(row["warnings"]) if row["warnings"] else (),
        uploads=_uploads_of(row) if row["uploads"] else None,
        stored_bytes=row["stored_bytes"],
    )


def _uploads_columns(uploads: Uploads | None) -> dict[str, Any]:
    if uploads is None:
        return dict.fromkeys(("submit_serial", "uploads_until", "uploads_purge_at", "uploads"))
    return {
        "submit_serial": uploads.serial,
        "uploads_until": uploads.until,
        "uploads_purge_at": uploads.purge_at,
        "uploads": _uploads_text(uploads.files, uploads.names),
    }


def _uploads_text(files: tuple[AnnouncedFile, ...], names: tuple[UUID, ...]) -> str:
    return json.dumps({"files": [asdict(file) for file in files], "names": [str(name) for name in names]})


def _announced(values: Mapping[str, Any]) -> AnnouncedFile:
    """Return an announced file, without the keys of a newer release."""
    return AnnouncedFile(**{field.name: values[field.name] for field in fields(AnnouncedFile) if field.name in values})


def _uploads_of(row: Columns) -> Uploads:
    written = json.loads(row["uploads"])
    return Uploads(
        files=tuple(map(_announced, written["files"])),
        until=row["uploads_until"],
        serial=row["submit_serial"],
        names=tuple(UUID(name) for name in written["names"]),
        purge_at=row["uploads_purge_at"],
    )


def _warnings_text(warnings: tuple[FileWarning, ...]) -> str:
    return json.dumps([asdict(warning) for warning in warnings])


def _warnings_of(text: str) -> tuple[FileWarning, ...]:
    """Return the warnings that have a sentence here. Those of a newer release stay in the row: it never changes."""
    return tuple(
        FileWarning(warning["index"], warning["file"], JobWarning(warning["code"]))
        for warning in json.loads(text)
        if warning["code"] in _JOB_WARNINGS
    )


@lru_cache
def _options_text(options: JobOptions) -> str:
    return json.dumps(options.to_json())


@lru_cache
def _options_of(text: str) -> JobOptions:
    return JobOptions.from_json(json.loads(text))


def _options_of_columns(row: Columns) -> JobOptions:
    """Return the options of a row written by release 0.1."""
    return JobOptions.from_json({name: row[name] for name in ("languages", "engine", "psm", "expires_in")})


def _idempotency_columns(idempotency: IdempotencyKey | None) -> dict[str, str | None]:
    if idempotency is None:
        return {"idempotency_key": None, "body_hash": None}
    return {"idempotency_key": idempotency.value, "body_hash": idempotency.body_hash}


def _idempotency(key: str | None, body_hash: str) -> IdempotencyKey | None:
    return None if key is None else IdempotencyKey(key, body_hash)


def item_row(item: Item) -> dict[str, Any]:
    """Return the columns of an item."""
    return {
        "id": item.id,
        "job_id": item.job_id,
        "position": item.position,
        "s3_key": item.s3_key,
        "created_at": item.created_at,
        "filename": item.filename,
        "page": item.page,
        "changed_at": item.finished_at,  # of a new one: refused by inspection, which is an event
        **item_changes(item),
    }


def item_changes(item: Item) -> dict[str, Any]:
    """Return the columns of an item that can change."""
    return {
        "status": item.status.value,
        "attempts": item.attempts,
        "attempts_limit": item.attempts_limit,
        "queued_at": item.queued_at,
        "requeues": item.requeues,
        "lease_until": item.lease_until,
        "last_fault": None if item.last_failure is None else item.last_failure.value,
        "error_code": None if item.error_code is None else item.error_code.value,
        "error_msg": item.error_msg,
        "refusal": None if item.refusal is None else item.refusal.value,
        "confidence": item.confidence,
        "width": item.width,
        "height": item.height,
        "dpi": item.dpi,
        "rotation": item.rotation,
        "skew": item.skew,
        "engine": item.engine,
        "layout_key": item.layout_key,
        "started_at": item.started_at,
        "worker_id": item.worker,
        "finished_at": item.finished_at,
        "warnings": " ".join(item.warnings) or None,
        "is_indexed": item.is_indexed or None,
        "revision": item.revision or None,
        "is_reviewed": item.reviewed_at is not None or None,
        "reviewed_at": item.reviewed_at,
        "reviewed_by": item.reviewed_by,
        "corrected_text": item.corrected_text,
        "ocr_text": item.recognised_text,
    }


def item_of(row: Columns) -> Item:
    """Return the item of a row. ``error_msg`` is a copy for readers of the table, the code is authoritative."""
    code, fault, refusal = row["error_code"], row["last_fault"], row["refusal"]
    return Item(
        id=row["id"],
        job_id=row["job_id"],
        s3_key=row["s3_key"],
        created_at=row["created_at"],
        position=row["position"],
        filename=row["filename"],
        page=row["page"],
        attempts=row["attempts"],
        attempts_limit=row["attempts_limit"],
        queued_at=row["queued_at"],
        requeues=row["requeues"],
        status=ItemStatus(row["status"]),
        lease_until=row["lease_until"],
        recognised_text=row["ocr_text"],
        corrected_text=row["corrected_text"],
        revision=row["revision"] or 0,
        reviewed_at=row["reviewed_at"],
        reviewed_by=row["reviewed_by"],
        last_failure=None if fault is None else ItemErrorCode(fault),
        error_code=None if code is None else ItemErrorCode(code),
        refusal=None if refusal is None else ItemErrorCode(refusal),
        confidence=row["confidence"],
        width=row["width"],
        height=row["height"],
        dpi=row["dpi"],
        rotation=row["rotation"],
        skew=row["skew"],
        engine=row["engine"],
        layout_key=row["layout_key"],
        warnings=tuple(ItemWarning(code) for code in (row["warnings"] or "").split() if code in _ITEM_WARNINGS),
        is_indexed=bool(row["is_indexed"]),
        started_at=row["started_at"],
        worker=row["worker_id"],
        finished_at=row["finished_at"],
    )


def correction_row(item_id: UUID, correction: Correction) -> dict[str, Any]:
    """Return the columns of a correction."""
    return {
        **place_row(item_id, correction.place),
        "revision": correction.revision,
        "actor": correction.actor,
        "at": correction.at,
        "text": correction.text,
    }


def place_row(item_id: UUID, place: Place) -> dict[str, Any]:
    """Return the columns of the key of a correction."""
    return {"item_id": item_id, "line": place.line, "word": _WHOLE_LINE if place.word is None else place.word}


def correction_of(row: RowMapping) -> Correction:
    """Return the correction of a row."""
    place = Place(row["line"], None if row["word"] == _WHOLE_LINE else row["word"])
    return Correction(place, row["text"], row["revision"], row["actor"], row["at"])


def order_row(job: Job, item: Item, now: datetime) -> dict[str, Any]:
    """Return the columns of an outbox row for an item of the job. The database assigns the id."""
    return {
        "job_id": job.id,
        "item_id": item.id,
        "owner": job.owner,
        "s3_bucket": job.s3_bucket,
        "s3_key": item.s3_key,
        "created_at": now,
        "trace": job.request_id,
    }


def order_of(row: RowMapping) -> Order:
    """Return the order of an outbox row."""
    task = Task(row["job_id"], row["item_id"], row["s3_bucket"], row["s3_key"], row["created_at"])
    return Order(row["id"], task, row["owner"], row["trace"])


def entry_row(entry: AuditEntry) -> dict[str, Any]:
    """Return the columns of an entry in the audit log, or in its outbox, where the database assigns an id."""
    return {
        "job_id": entry.job_id,
        "at": entry.at,
        "event_id": entry.event_id,
        "action": str(entry.action),
        "actor": entry.actor,
        "detail": json.dumps(dict(entry.detail)),
    }


def entry_of(row: RowMapping) -> AuditEntry:
    """Return the audit entry of a row."""
    return AuditEntry(
        event_id=row["event_id"],
        job_id=row["job_id"],
        action=named(AuditAction, row["action"]),
        actor=row["actor"],
        at=row["at"],
        detail=json.loads(row["detail"]),
    )


def tombstone_row(tombstone: Tombstone) -> dict[str, Any]:
    """Return the columns of a tombstone."""
    return {
        "job_id": tombstone.job_id,
        "owner": tombstone.owner,
        "deleted_at": tombstone.deleted_at,
        "purge_at": tombstone.purge_at,
        "purges": tombstone.purges,
        "uploads_until": tombstone.uploads_until,
        "is_unindexed": tombstone.is_unindexed or None,
        **_idempotency_columns(tombstone.idempotency),
    }


def tombstone_of(row: RowMapping) -> Tombstone:
    """Return the tombstone of a row."""
    return Tombstone(
        row["job_id"],
        row["owner"],
        row["deleted_at"],
        row["purge_at"],
        row["purges"],
        row["uploads_until"],
        is_unindexed=bool(row["is_unindexed"]),
        idempotency=_idempotency(row["idempotency_key"], row["body_hash"]),
    )


def page_row(page: SearchPage) -> dict[str, Any]:
    """Return the columns of a page in the search index."""
    return {"number": page.number, "job_id": page.job_id, "item_id": page.item_id, "terms": page.terms}


def report_row(report: WorkerReport) -> dict[str, Any]:
    """Return the columns of a worker's report."""
    return {
        "id": report.id,
        "kind": report.kind,
        "host": report.host,
        "slots": report.slots,
        "engine": report.engine,
        "seconds_per_page": report.seconds_per_page,
        "seen_at": report.seen_at,
        "documents": report.documents,
    }


def report_of(row: RowMapping) -> WorkerReport:
    """Return the report of a row."""
    return WorkerReport(**{**row, "documents": bool(row["documents"])})
