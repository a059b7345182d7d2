"""The histories of owners on DynamoDB, in the table of the audit log."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.aws.audit_items import history_item_of, history_place_of
from adapters.aws.audit_table import AuditTable
from ocrcore.domain.key_entry import KeyEntry
from ocrcore.ports.history_log import HistoryLog

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoHistoryLog(HistoryLog):
    """Items below ``OWNER#{owner}``, which the table deletes some time after ``ttl``."""

    def __init__(self, client: "DynamoDBClient", table: str, ttl: timedelta = timedelta(days=90)) -> None:
        self._table = AuditTable(client, table)
        self._ttl = ttl

    def write(self, entries: Sequence[KeyEntry]) -> Sequence[bool]:
        """Write in batches, only the last of equal entries. Entries beyond the limits of DynamoDB are not accepted."""
        accepted = self._table.put({history_place_of(entry): history_item_of(entry, self._ttl) for entry in entries})
        return [history_place_of(entry) in accepted for entry in entries]
