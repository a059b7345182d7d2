"""The audit log on DynamoDB."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from adapters.aws.audit_items import entry_of, item_of, partition_of, place_of, sort_key
from adapters.aws.audit_table import AuditTable
from adapters.aws.errors import AUDIT, port_errors
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.errors import AuditUnavailable
from ocrcore.ports.audit import Audit, AuditCursor
from ocrcore.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, QueryInputTypeDef


class DynamoAudit(Audit):
    """The audit log in a table, which deletes entries some time after ``ttl``."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Clock, ttl: timedelta = timedelta(days=90)) -> None:
        self._client = client
        self._table = table
        self._items = AuditTable(client, table)
        self._clock = clock
        self._ttl = ttl

    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        """Write in batches, only the last of equal entries. Entries beyond the limits of DynamoDB are not accepted."""
        accepted = self._items.put({place_of(entry): item_of(entry, self._ttl) for entry in entries})
        return [place_of(entry) in accepted for entry in entries]

    def timeline(self, job_id: UUID, after: AuditCursor | None, limit: int) -> Sequence[AuditEntry]:
        """Return entries in order, without expired ones that DynamoDB has not deleted yet."""
        beyond = "" if after is None else " AND sk > :after"
        values: dict[str, AttributeValueTypeDef] = {
            ":pk": {"S": partition_of(job_id)},
            ":now": {"N": str(int(self._clock.now().timestamp()))},
        }
        if after is not None:
            values[":after"] = {"S": sort_key(after.at, after.event_id)}
        query: QueryInputTypeDef = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :pk" + beyond,
            "FilterExpression": "#ttl > :now",
            "ExpressionAttributeNames": {"#ttl": "ttl"},
            "ExpressionAttributeValues": values,
            "ConsistentRead": True,
        }
        return self._query(query, limit)

    def forget(self, before: datetime, limit: int) -> int:  # noqa: ARG002 - the table expires entries
        """Return 0: the table deletes old entries by itself."""
        return 0

    def check(self) -> None:
        """Return if the table exists and accepts writes, else raise ``AuditUnavailable``."""
        with port_errors(AUDIT):
            status = self._client.describe_table(TableName=self._table)["Table"]["TableStatus"]
        if status not in {"ACTIVE", "UPDATING"}:
            msg = f"The audit log's table is {status}."
            raise AuditUnavailable(msg)

    def _query(self, query: "QueryInputTypeDef", limit: int) -> Sequence[AuditEntry]:
        """Read pages until there are enough entries: the limit applies before the filter, so a page may be short."""
        found: list[AuditEntry] = []
        while len(found) < limit:
            query["Limit"] = limit - len(found)
            with port_errors(AUDIT):
                page = self._client.query(**query)
            found += [entry_of(item) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return found
