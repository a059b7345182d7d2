"""A parser of message bodies for the checkers, independent of the parser under test."""

import json
from datetime import datetime
from typing import Final
from uuid import UUID

from ocrcore.domain.task import Task

_KEYS: Final = {"job_id", "item_id", "s3_bucket", "s3_key", "created_at"}


def task_of(body: str) -> Task | None:
    """Return the task of a body, or None if the body is not a task."""
    try:
        fields = json.loads(body)
    except ValueError:
        return None
    if not isinstance(fields, dict) or fields.keys() != _KEYS:
        return None
    if not all(isinstance(value, str) for value in fields.values()):
        return None
    try:
        ids = UUID(fields["job_id"]), UUID(fields["item_id"])
        return Task(*ids, fields["s3_bucket"], fields["s3_key"], datetime.fromisoformat(fields["created_at"]))
    except ValueError:
        return None
