"""What messages say, as whoever checks them reads it: not with the reader that is checked."""

import json
from datetime import datetime
from typing import Final
from uuid import UUID

from ocrcore.domain.task import Task

_KEYS: Final = {"job_id", "item_id", "s3_bucket", "s3_key", "created_at"}


def task_of(body: str) -> Task | None:
    """Return the task that a body is, or None."""
    try:
        said = json.loads(body)
    except ValueError:
        return None
    if not isinstance(said, dict) or said.keys() != _KEYS or not all(isinstance(value, str) for value in said.values()):
        return None
    try:
        ids = UUID(said["job_id"]), UUID(said["item_id"])
        return Task(*ids, said["s3_bucket"], said["s3_key"], datetime.fromisoformat(said["created_at"]))
    except ValueError:
        return None
