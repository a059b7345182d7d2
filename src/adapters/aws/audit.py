"""The audit log on DynamoDB."""

import logging
import random
import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, cast
from uuid import UUID

from more_itertools import chunked

from adapters.aws.audit_items import Item, entry_of, fits, item_of, partition_of, place_of, sort_key
from adapters.aws.errors import AUDIT, port_errors
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.errors import AuditUnavailable
from ocrcore.ports.audit import Audit, AuditCursor
from ocrcore.ports.clock import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        QueryInputTypeDef,
        WriteRequestOutputTypeDef,
        WriteRequestTypeDef,
    )

#: Entries per batch: the limit of DynamoDB.
_MOST: Final = 25
#: Longest pauses before unprocessed entries are written again, in seconds. After the last, they count as not accepted.
_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8)
_Key = tuple[str, str]

_log = logging.getLogger(__name__)


class DynamoAudit(Audit):
    """The audit log in a table, which deletes entries some time after ``ttl``."""

    def __init__(self, client: "DynamoDBClient", table: str, clock: Clock, ttl: timedelta = timedelta(days=90)) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._ttl = ttl

    def write(self, entries: Sequence[AuditEntry]) -> Sequence[bool]:
        """Write in batches, only the last of equal entries. Entries beyond the limits of DynamoDB are not accepted."""
        items = {place_of(entry): item_of(entry, self._ttl) for entry in entries}
        accepted: set[_Key] = set()
        for batch in chunked((place for place, item in items.items() if fits(item)), _MOST):
            try:
                accepted |= self._write({place: items[place] for place in batch})
            except AuditUnavailable:
                if not accepted:
                    raise
                _log.warning("the audit log became unavailable after some entries were written", exc_info=True)
                break
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

    def _write(self, items: Mapping[_Key, Item]) -> set[_Key]:
        """Write one batch and return the accepted keys. Unprocessed entries are retried after growing pauses."""
        left: AbstractSet[_Key] = items.keys()
        for pause in (*_PAUSES, None):
            requests: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": items[key]}} for key in left]
            with port_errors(AUDIT):
                answer = self._client.batch_write_item(RequestItems={self._table: requests})
            left = {_key_of(request) for request in answer.get("UnprocessedItems", {}).get(self._table, [])}
            if not left or pause is None:
                break
            time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, not a secret
        return items.keys() - left

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


def _key_of(request: "WriteRequestOutputTypeDef") -> _Key:
    item = cast("Item", request["PutRequest"]["Item"])  # one of the requests that were sent
    return item["pk"]["S"], item["sk"]["S"]
