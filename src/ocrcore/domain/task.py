"""Tasks: the body of the message for one item, a JSON object with exactly five keys."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from ocrcore.domain.instants import format_instant, parse_instant
from ocrcore.domain.keys import job_folder, names_whole_file


@dataclass(frozen=True, slots=True)
class Task:
    """An item to be recognised. Workers take bucket and key from the database, never from the message."""

    job_id: UUID
    item_id: UUID
    s3_bucket: str
    s3_key: str
    created_at: datetime

    def names_own_document(self, bucket: str) -> bool:
        """Return whether bucket and key lie within the job; the item's row decides which document it is."""
        return self.s3_bucket == bucket and self.s3_key.startswith(job_folder(self.job_id))

    @property
    def names_whole_file(self) -> bool:
        """Whether the item is the only page of its file: the file is named after it then."""
        return names_whole_file(self.s3_key, self.job_id, self.item_id)

    def to_json(self) -> str:
        """Return the body of the message, in ASCII, so that queues accept every character."""
        return json.dumps(
            {
                "job_id": str(self.job_id),
                "item_id": str(self.item_id),
                "s3_bucket": self.s3_bucket,
                "s3_key": self.s3_key,
                "created_at": format_instant(self.created_at),
            }
        )

    @classmethod
    def from_json(cls, body: str) -> "Task":
        """Parse a body. Raises ``ValueError`` unless it has exactly the five keys, each of its type."""
        fields = _strings(body)
        if fields.keys() != {"job_id", "item_id", "s3_bucket", "s3_key", "created_at"}:
            msg = "not the five keys of a task"
            raise ValueError(msg)
        return cls(
            job_id=UUID(fields["job_id"]),
            item_id=UUID(fields["item_id"]),
            s3_bucket=fields["s3_bucket"],
            s3_key=fields["s3_key"],
            created_at=parse_instant(fields["created_at"]),
        )


def _strings(body: str) -> dict[str, str]:
    try:
        value: Any = json.loads(body)
    except RecursionError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(field, str) for field in value.values()):
        msg = "not an object of strings"
        raise ValueError(msg)
    return value
