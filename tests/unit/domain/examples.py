"""Values that the tests of the domain begin with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.item import Item
from ocrcore.domain.job import Job
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.lifecycle import Counts, ItemStatus
from ocrcore.domain.options import JobOptions

NOW: Final = datetime(2024, 2, 29, 12, 0, tzinfo=UTC)
EARLIER: Final = NOW - timedelta(minutes=5)
TICK: Final = timedelta(microseconds=1)
LEASE: Final = timedelta(seconds=60)
JOB_ID: Final = UUID("018cc251-f400-7000-8000-000000000001")
ITEM_ID: Final = UUID("018cc251-f401-7000-8000-000000000001")
LAYOUT_KEY: Final = f"jobs/{JOB_ID}/{ITEM_ID}.2.layout.json.gz"

LAYOUT: Final = Layout(
    width=640,
    height=480,
    engine="tesseract 5.3.0",
    languages=("eng",),
    text="Hello world",
    lines=(Line((10, 10, 90, 30), (Word("Hello", (10, 10, 45, 30), 91.0), Word("world", (50, 10, 90, 30), 94.0))),),
)

_NEW: Final = Item(
    id=ITEM_ID,
    job_id=JOB_ID,
    s3_key=f"jobs/{JOB_ID}/{ITEM_ID}.jpg",
    created_at=EARLIER,
    position=0,
    filename="scan.jpg",
    page=1,
    attempts=0,
    attempts_limit=3,
    queued_at=EARLIER,
)


def pending(attempts: int = 0, limit: int = 3, requeues: int = 0) -> Item:
    """Return an item that waits."""
    return replace(_NEW, attempts=attempts, attempts_limit=limit, requeues=requeues)


def processing(attempts: int = 1, limit: int = 3, lease_until: datetime = NOW + TICK) -> Item:
    """Return an item that a worker holds a lease on."""
    item = pending(attempts, limit)
    return replace(item, status=ItemStatus.PROCESSING, lease_until=lease_until, started_at=EARLIER)


def done(attempts: int = 1, limit: int = 3) -> Item:
    """Return an item that was recognised."""
    return replace(
        pending(attempts, limit),
        status=ItemStatus.DONE,
        recognised_text="Hello world",
        confidence=92.5,
        width=640,
        height=480,
        engine="tesseract 5.3.0",
        layout_key=LAYOUT_KEY,
        started_at=EARLIER,
        finished_at=EARLIER,
    )


def failed(attempts: int = 1, limit: int = 3, code: ItemErrorCode = ItemErrorCode.IMAGE_CORRUPT) -> Item:
    """Return an item that is ERROR."""
    return replace(
        pending(attempts, limit),
        status=ItemStatus.ERROR,
        error_code=code,
        started_at=EARLIER,
        finished_at=EARLIER,
    )


def job(counts: Counts | None = None) -> Job:
    """Return a submitted job with a deadline at NOW."""
    return Job(
        id=JOB_ID,
        owner="local",
        name="scans",
        created_at=EARLIER,
        s3_bucket="ocr-jobs-bucket",
        options=JobOptions(expires_in=timedelta(minutes=5)),
        sqs_retention_deadline=NOW,
        submitted_at=EARLIER,
        counts=counts or Counts(total=1, pending=1),
    )
