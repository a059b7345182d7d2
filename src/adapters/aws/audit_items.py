"""Conversion between audit entries and DynamoDB items."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Final
from uuid import UUID

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from ocrcore.domain.audit import AuditAction, AuditEntry, named
from ocrcore.domain.instants import format_instant, parse_instant
from ocrcore.domain.key_entry import KeyEntry

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

#: Most bytes of a sort key and of an item: the limits of DynamoDB.
_LONGEST_KEY: Final = 1024
_LARGEST_ITEM: Final = 400 * 1024
#: Bytes that DynamoDB counts for each map and each attribute in it, besides name and value, and at most for a number.
_OVERHEAD: Final = 3
_NUMBER: Final = 21

Item = Mapping[str, "AttributeValueTypeDef"]

_SERIALIZER: Final = TypeSerializer()
_DESERIALIZER: Final = TypeDeserializer()


def partition_of(job_id: UUID) -> str:
    """Return the partition key of a job."""
    return f"JOB#{job_id}"


def sort_key(at: datetime, event_id: str) -> str:
    """Return the sort key, which orders by instant, then event id."""
    return f"{format_instant(at)}#{event_id}"


def place_of(entry: AuditEntry) -> tuple[str, str]:
    """Return the partition key and the sort key of an entry."""
    return partition_of(entry.job_id), sort_key(entry.at, entry.event_id)


def item_of(entry: AuditEntry, life: timedelta) -> "dict[str, AttributeValueTypeDef]":
    """Return the item of an entry. The table deletes it after ``life``."""
    return _item(place_of(entry), entry, life)


def history_place_of(entry: KeyEntry) -> tuple[str, str]:
    """Return the partition key and the sort key of an entry of an owner's history."""
    return f"OWNER#{entry.owner}", sort_key(entry.at, entry.event_id)


def history_item_of(entry: KeyEntry, life: timedelta) -> "dict[str, AttributeValueTypeDef]":
    """Return the item of an entry of an owner's history. The table deletes it after ``life``."""
    return _item(history_place_of(entry), entry, life)


def entry_of(item: Item) -> AuditEntry:
    """Return the entry of an item that :func:`item_of` wrote. Unknown attributes are ignored."""
    fields = {name: _DESERIALIZER.deserialize(value) for name, value in item.items()}
    at, _, event_id = fields["sk"].partition("#")
    return AuditEntry(
        event_id=event_id,
        job_id=UUID(fields["pk"].removeprefix("JOB#")),
        action=named(AuditAction, fields["action"]),
        actor=fields["actor"],
        at=parse_instant(at),
        detail={name: int(value) if isinstance(value, Decimal) else value for name, value in fields["detail"].items()},
    )


def fits(item: Item) -> bool:
    """Return whether the item is within the limits of DynamoDB. A larger one would fail its whole batch."""
    return len(item["sk"]["S"].encode()) <= _LONGEST_KEY and _size(item) <= _LARGEST_ITEM


def _item(place: tuple[str, str], entry: AuditEntry | KeyEntry, life: timedelta) -> "dict[str, AttributeValueTypeDef]":
    partition, sort = place
    attributes = {
        "pk": partition,
        "sk": sort,
        "action": str(entry.action),
        "actor": entry.actor,
        "at": format_instant(entry.at),
        "detail": dict(entry.detail),
        "ttl": int((entry.at + life).timestamp()),
    }
    return {name: _SERIALIZER.serialize(value) for name, value in attributes.items()}


def _size(item: Item) -> int:
    """Return an upper bound of the item's size, in bytes."""
    total = 0
    for name, value in item.items():
        total += len(name.encode()) + _OVERHEAD
        if "S" in value:
            total += len(value["S"].encode())
        else:
            total += _size(value["M"]) if "M" in value else _NUMBER
    return total
