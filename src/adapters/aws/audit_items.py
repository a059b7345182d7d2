"""An entry of the audit log as an item of a table, and back."""

import zlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from uuid import UUID

from ocrcore.domain.audit import AuditAction, AuditEntry
from ocrcore.domain.instants import format_instant, parse_instant

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

#: Partitions of the index that a day is spread over, so that no single one takes all writes.
SHARDS: Final = 8
#: Bytes of a sort key and of an item: the most that DynamoDB takes.
_LONGEST_KEY: Final = 1024
_LARGEST_ITEM: Final = 400 * 1024
#: What the table counts for a map or an attribute in one, besides name and value, and for a number at most.
_OVERHEAD: Final = 3
_NUMBER: Final = 21

Item = Mapping[str, "AttributeValueTypeDef"]


def partition_of(job_id: UUID) -> str:
    """Return the partition key of a job."""
    return f"JOB#{job_id}"


def sort_key(at: datetime, event_id: str) -> str:
    """Return the sort key, which sorts by instant, then event id."""
    return f"{format_instant(at)}#{event_id}"


def place_of(entry: AuditEntry) -> tuple[str, str]:
    """Return the key of an entry."""
    return partition_of(entry.job_id), sort_key(entry.at, entry.event_id)


def item_of(entry: AuditEntry, life: timedelta) -> "dict[str, AttributeValueTypeDef]":
    """Return the item, which the table drops when it has been there for so long."""
    partition, place = place_of(entry)
    shard = zlib.crc32(entry.event_id.encode()) % SHARDS
    return {
        "pk": {"S": partition},
        "sk": {"S": place},
        "gsi1pk": {"S": f"DAY#{format_instant(entry.at)[:10]}#{shard}"},
        "gsi1sk": {"S": place},
        "action": {"S": entry.action.value},
        "actor": {"S": entry.actor},
        "at": {"S": format_instant(entry.at)},
        "detail": {"M": {name: _attribute(value) for name, value in entry.detail.items()}},
        "ttl": {"N": str(int((entry.at + life).timestamp()))},
    }


def entry_of(item: Item) -> AuditEntry:
    """Return the entry that :func:`item_of` made this item of."""
    at, _, event_id = item["sk"]["S"].partition("#")
    detail = {name: value["S"] if "S" in value else int(value["N"]) for name, value in item["detail"]["M"].items()}
    return AuditEntry(
        event_id=event_id,
        job_id=UUID(item["pk"]["S"].removeprefix("JOB#")),
        action=AuditAction(item["action"]["S"]),
        actor=item["actor"]["S"],
        at=parse_instant(at),
        detail=detail,
    )


def fits(item: Item) -> bool:
    """Tell whether a table takes the item; one that it refuses would take the whole batch with it."""
    return len(item["sk"]["S"].encode()) <= _LONGEST_KEY and _size(item) <= _LARGEST_ITEM


def _attribute(value: str | int) -> "AttributeValueTypeDef":
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


def _size(item: Item) -> int:
    """Return what the item counts at most, in bytes."""
    total = 0
    for name, value in item.items():
        total += len(name.encode()) + _OVERHEAD
        if "S" in value:
            total += len(value["S"].encode())
        else:
            total += _size(value["M"]) if "M" in value else _NUMBER
    return total
