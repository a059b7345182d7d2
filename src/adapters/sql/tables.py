"""The tables, as created by :mod:`adapters.sql.migrations`."""

from typing import Final

import sqlalchemy as sa

from adapters.sql.dialects import NUMBERED_TABLE, TABLE, Id, Instant, Line, Term, long_text, number, real, token
from ocrcore.domain.lifecycle import ItemStatus, JobStatus

METADATA: Final = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _one_of(statuses: type[ItemStatus] | type[JobStatus]) -> str:
    return f"status IN ({', '.join(repr(status.value) for status in statuses)})"


JOBS: Final = sa.Table(
    "jobs",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("owner", Line(255), nullable=False),
    sa.Column("name", Line(255), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("status", token(10), nullable=False),
    sa.Column("sqs_retention_deadline", Instant, nullable=False),
    sa.Column("submitted_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("s3_bucket", Line(255), nullable=False),
    sa.Column("idempotency_key", token(255)),
    sa.Column("body_hash", token(64)),
    sa.Column("trace", token(64)),
    sa.Column("languages", Line(255), nullable=False),
    sa.Column("engine", token(20), nullable=False),
    sa.Column("psm", sa.SmallInteger, nullable=False),
    sa.Column("expires_in", sa.Integer, nullable=False),
    #: JSON, or null in rows of release 0.1, which reads and writes the four columns above instead.
    sa.Column("options", sa.Text),
    sa.Column("total", sa.Integer, nullable=False),
    sa.Column("pending", sa.Integer, nullable=False),
    sa.Column("processing", sa.Integer, nullable=False),
    sa.Column("done", sa.Integer, nullable=False),
    sa.Column("error", sa.Integer, nullable=False),
    sa.Column("expired", sa.Integer, nullable=False),
    sa.Column("event_serial", sa.Integer, nullable=False, server_default="0"),
    sa.Column("last_event_at", Instant),
    #: JSON; a job of many files may have many.
    sa.Column("warnings", long_text()),
    # The four are null unless the client sends the files to addresses, and again when nothing is left of its uploads.
    sa.Column("submit_serial", sa.Integer),
    sa.Column("uploads_until", Instant),
    sa.Column("uploads_purge_at", Instant),
    #: Of an open job an earlier instant, which stays if release 0.1 finishes it; null if it is kept for ever.
    sa.Column("keep_until", Instant),
    #: Null in rows of release 0.1.
    sa.Column("stored_bytes", sa.BigInteger),
    #: JSON; last, because of a draft it may be long.
    sa.Column("uploads", long_text()),
    sa.CheckConstraint(_one_of(JobStatus), name="status"),
    sa.Index(None, "owner", "created_at", "id"),
    sa.Index(None, "owner", "status", "created_at", "id"),
    sa.Index(None, "status", "sqs_retention_deadline"),
    sa.Index(None, "submitted_at", "created_at"),
    sa.Index(None, "uploads_purge_at"),
    sa.Index(None, "keep_until"),
    sa.Index(None, "owner", "stored_bytes"),
    sa.Index("ix_jobs_changes", "owner", "last_event_at", "id", "submitted_at"),
    # Covering indexes: lists by name prefix, and counts, need no rows.
    sa.Index("ix_jobs_owner_name", "owner", "name", "created_at", "status", "submitted_at", "id"),
    sa.Index("ix_jobs_totals", "status", "submitted_at", "pending", "processing", "done", "error"),
    sa.Index("uq_jobs_owner_idempotency_key", "owner", "idempotency_key", unique=True),
    **TABLE,
)

ITEMS: Final = sa.Table(
    "job_items",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("job_id", Id, sa.ForeignKey("jobs.id"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("s3_key", Line(255), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("filename", Line(255), nullable=False),
    sa.Column("page", sa.Integer, nullable=False),
    sa.Column("status", token(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("attempts_limit", sa.Integer, nullable=False),
    sa.Column("queued_at", Instant, nullable=False),
    sa.Column("requeues", sa.Integer, nullable=False),
    sa.Column("lease_until", Instant),
    sa.Column("last_fault", token(40)),
    sa.Column("error_code", token(40)),
    sa.Column("error_msg", Line(255)),
    sa.Column("confidence", real()),
    sa.Column("width", sa.Integer),
    sa.Column("height", sa.Integer),
    sa.Column("engine", Line(100)),
    sa.Column("layout_key", Line(255)),
    sa.Column("started_at", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("warnings", token(255)),
    sa.Column("dpi", real()),
    sa.Column("rotation", sa.SmallInteger),
    sa.Column("skew", real()),
    sa.Column("refusal", token(40)),
    #: Null in rows that the search index does not have, and in all that release 0.1 finished.
    sa.Column("is_indexed", sa.Boolean),
    #: A copy of the job's for the list by confidence; null in rows of release 0.1 until another release writes them.
    sa.Column("owner", Line(255)),
    #: Null in rows of release 0.1, and until a page is corrected.
    sa.Column("revision", sa.Integer),
    sa.Column("is_reviewed", sa.Boolean),
    sa.Column("reviewed_at", Instant),
    sa.Column("reviewed_by", Line(255)),
    #: The instant of its latest event; null before the first one, and where release 0.1 wrote it last.
    sa.Column("changed_at", Instant),
    #: Null before the first claim, and where no release but older ones claimed it.
    sa.Column("worker_id", Id),
    #: Null until a page is corrected.
    sa.Column("corrected_text", long_text()),
    #: As it was recognised; last, because a row is read up to the last selected column.
    sa.Column("ocr_text", long_text()),
    sa.CheckConstraint(_one_of(ItemStatus), name="status"),
    sa.UniqueConstraint("job_id", "position"),
    sa.Index(None, "job_id", "status", "position"),
    sa.Index(None, "lease_until"),
    sa.Index(None, "status", "requeues", "queued_at"),
    sa.Index("ix_job_items_unindexed", "status", "is_indexed", "finished_at"),
    sa.Index("ix_job_items_review", "owner", "status", "is_reviewed", "confidence", "id"),
    sa.Index("ix_job_items_changes", "job_id", "changed_at"),
    **TABLE,
)

#: Deleted with their item by the database, because release 0.1 deletes items and knows no corrections.
CORRECTIONS: Final = sa.Table(
    "corrections",
    METADATA,
    sa.Column("item_id", Id, sa.ForeignKey("job_items.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    #: -1 for the whole line.
    sa.Column("word", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("actor", Line(255), nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    **TABLE,
)

OUTBOX: Final = sa.Table(
    "outbox",
    METADATA,
    sa.Column("id", number(), primary_key=True, autoincrement=True),
    sa.Column("job_id", Id, nullable=False),
    sa.Column("item_id", Id, nullable=False),
    sa.Column("owner", Line(255), nullable=False),
    sa.Column("s3_bucket", Line(255), nullable=False),
    sa.Column("s3_key", Line(255), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("trace", token(64)),
    sa.Index(None, "job_id", "id"),
    sa.Index(None, "item_id"),
    sa.Index(None, "owner", "id"),
    sa.Index(None, "created_at"),
    **NUMBERED_TABLE,
)

AUDIT_OUTBOX: Final = sa.Table(
    "audit_outbox",
    METADATA,
    sa.Column("id", number(), primary_key=True, autoincrement=True),
    sa.Column("job_id", Id, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("event_id", token(120), nullable=False),
    sa.Column("action", token(20), nullable=False),
    sa.Column("actor", Line(255), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index(None, "job_id", "id"),
    **NUMBERED_TABLE,
)

AUDIT: Final = sa.Table(
    "audit",
    METADATA,
    sa.Column("job_id", Id, primary_key=True),
    sa.Column("at", Instant, primary_key=True),
    sa.Column("event_id", token(120), primary_key=True),
    sa.Column("action", token(20), nullable=False),
    sa.Column("actor", Line(255), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    sa.Index(None, "at"),
    **TABLE,
)

TOMBSTONES: Final = sa.Table(
    "deleted_jobs",
    METADATA,
    sa.Column("job_id", Id, primary_key=True),
    sa.Column("owner", Line(255), nullable=False),
    sa.Column("deleted_at", Instant, nullable=False),
    sa.Column("purge_at", Instant, nullable=False),
    sa.Column("purges", sa.Integer, nullable=False),
    sa.Column("uploads_until", Instant),
    #: Null if the search index may have pages of the job, as after a deletion by release 0.1.
    sa.Column("is_unindexed", sa.Boolean),
    sa.Column("idempotency_key", token(255)),
    sa.Column("body_hash", token(64)),
    sa.Index(None, "purge_at"),
    sa.Index("ix_deleted_jobs_key", "owner", "idempotency_key"),
    sa.Index("ix_deleted_jobs_changes", "owner", "deleted_at", "job_id"),
    sa.Index("ix_deleted_jobs_indexed", "is_unindexed", "deleted_at"),
    **TABLE,
)

SEARCH_PAGES: Final = sa.Table(
    "search_pages",
    METADATA,
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("job_id", Id, nullable=False),
    sa.Column("item_id", Id, nullable=False),
    sa.Column("terms", long_text(), nullable=False),
    sa.Index("ix_search_pages_job_id_number", "job_id", "number"),
    sa.UniqueConstraint("item_id"),
    **TABLE,
)

#: The pages of each term, where the database has no text index that fits; else it is empty.
SEARCH_TERMS: Final = sa.Table(
    "search_terms",
    METADATA,
    sa.Column("owner", token(20), primary_key=True),
    sa.Column("term", Term(256), primary_key=True),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    **TABLE,
)

WORKERS: Final = sa.Table(
    "workers",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("kind", token(20), nullable=False),
    sa.Column("host", Line(255), nullable=False),
    sa.Column("slots", sa.Integer, nullable=False),
    sa.Column("engine", Line(100), nullable=False),
    sa.Column("seconds_per_page", real()),
    sa.Column("seen_at", Instant, nullable=False),
    #: Null in rows of release 0.1, which reads no documents of several pages.
    sa.Column("documents", sa.Boolean),
    sa.Index(None, "seen_at"),
    **TABLE,
)

REJECTED: Final = sa.Table(
    "rejected_messages",
    METADATA,
    sa.Column("message_id", Line(255), primary_key=True),
    sa.Column("body", Line(1000), nullable=False),
    sa.Column("at", Instant, nullable=False),
    **TABLE,
)

QUEUE_GROUPS: Final = sa.Table(
    "queue_groups",
    METADATA,
    sa.Column("name", Line(255), primary_key=True),
    #: The number of the turn in which the group was last served.
    sa.Column("served", sa.BigInteger, nullable=False),
    **TABLE,
)

QUEUE: Final = sa.Table(
    "queue_messages",
    METADATA,
    sa.Column("id", number(), primary_key=True, autoincrement=True),
    sa.Column("group_name", Line(255), nullable=False),
    sa.Column("body", long_text(), nullable=False),
    sa.Column("sent_at", Instant, nullable=False),
    #: Of a message that waits for its first delivery, its round, not an instant: see ``delivery_order``.
    sa.Column("visible_at", Instant, nullable=False),
    #: Part of the receipt, together with the id.
    sa.Column("receive_count", sa.Integer, nullable=False),
    sa.Column("trace", token(64)),
    # Null in rows that were written before migration 0028, or by release 0.1.
    sa.Column("subgroup", token(64)),
    sa.Index(None, "group_name", "visible_at"),
    sa.Index(None, "group_name", "subgroup", "visible_at"),
    **NUMBERED_TABLE,
)

API_KEYS: Final = sa.Table(
    "api_keys",
    METADATA,
    sa.Column("id", Line(8), primary_key=True),
    sa.Column("owner", Line(255), nullable=False),
    sa.Column("name", Line(255), nullable=False),
    #: SHA-256, hexadecimal.
    sa.Column("hash", token(64), nullable=False),
    sa.Column("scopes", token(255), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Line(255), nullable=False),
    sa.Column("expires_at", Instant),
    sa.Column("last_used_at", Instant),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", Line(255)),
    sa.Column("session_epoch", sa.Integer, nullable=False),
    # Both are null in rows that were written before migration 0026, also of keys that were rotated.
    sa.Column("rotated_at", Instant),
    sa.Column("end_before_rotation", Instant),
    sa.Index(None, "owner", "created_at", "id"),
    sa.Index(None, "created_at", "id"),
    sa.Index(None, "revoked_at"),
    sa.Index(None, "expires_at"),
    **TABLE,
)

KEY_ENTRIES: Final = sa.Table(
    "key_entries",
    METADATA,
    sa.Column("owner", Line(255), primary_key=True),
    sa.Column("at", Instant, primary_key=True),
    sa.Column("event_id", token(120), primary_key=True),
    sa.Column("action", token(20), nullable=False),
    sa.Column("actor", Line(255), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
    #: When it was written to the log outside the database; null: not yet, or there is none.
    sa.Column("logged_at", Instant),
    sa.Index(None, "at"),
    sa.Index(None, "logged_at", "at"),
    **TABLE,
)

SECRETS: Final = sa.Table(
    "secrets",
    METADATA,
    #: What it is for.
    sa.Column("name", Line(64), primary_key=True),
    #: Hexadecimal.
    sa.Column("secret", sa.Text, nullable=False),
    **TABLE,
)

CLOSED_SESSIONS: Final = sa.Table(
    "closed_sessions",
    METADATA,
    sa.Column("id", token(32), primary_key=True),
    #: When the session would have ended anyway.
    sa.Column("until", Instant, nullable=False),
    sa.Index(None, "until"),
    **TABLE,
)

RATE_WINDOWS: Final = sa.Table(
    "rate_windows",
    METADATA,
    sa.Column("owner", Line(255), primary_key=True),
    #: The begin of the latest window that anybody took from.
    sa.Column("begins_at", Instant, nullable=False),
    sa.Column("used", sa.Integer, nullable=False),
    sa.Index(None, "begins_at"),
    **TABLE,
)

WEBHOOKS: Final = sa.Table(
    "webhooks",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("owner", Line(255), nullable=False),
    sa.Column("url", token(2000), nullable=False),
    #: Names, separated by commas.
    sa.Column("events", token(255), nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", Line(255), nullable=False),
    #: Encrypted.
    sa.Column("sealed_secret", token(255), nullable=False),
    sa.Column("disabled_at", Instant),
    sa.Index(None, "owner", "created_at", "id"),
    **TABLE,
)

#: Their webhook and their job may be gone.
DELIVERIES: Final = sa.Table(
    "webhook_deliveries",
    METADATA,
    sa.Column("id", Id, primary_key=True),
    sa.Column("webhook_id", Id, nullable=False),
    sa.Column("message_id", token(80), nullable=False),
    sa.Column("event", token(40), nullable=False),
    sa.Column("job_id", Id),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("status", token(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("since", Instant),
    #: Of a delivery under way the end of its lease; null when it is finished.
    sa.Column("due_at", Instant),
    sa.Column("lease_until", Instant),
    sa.Column("finished_at", Instant),
    sa.Column("tried_at", Instant),
    sa.Column("answer", sa.Integer),
    sa.Column("error", token(40)),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index(None, "webhook_id", "due_at", "id"),
    sa.Index(None, "webhook_id", "lease_until"),
    sa.Index(None, "webhook_id", "created_at", "id"),
    sa.Index(None, "created_at"),
    sa.Index(None, "due_at"),
    sa.Index(None, "status", "finished_at", "webhook_id"),
    **TABLE,
)

COMPATIBILITY: Final = sa.Table(
    "schema_compatibility",
    METADATA,
    #: Programs that know this revision, or a later one, can use the schema.
    sa.Column("oldest_revision", token(32), primary_key=True),
    **TABLE,
)
