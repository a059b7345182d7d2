"""The table of DynamoDB that has the audit log and the histories of owners."""

import logging
import random
import time
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final, cast

from more_itertools import chunked

from adapters.aws.audit_items import Item, fits
from adapters.aws.errors import AUDIT, port_errors
from ocrcore.domain.errors import AuditUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import WriteRequestOutputTypeDef, WriteRequestTypeDef

#: Items per batch: the limit of DynamoDB.
_MOST: Final = 25
#: Longest pauses before unprocessed items are written again, in seconds. After the last, they count as not accepted.
_PAUSES: Final = (0.05, 0.1, 0.2, 0.4, 0.8)

#: The partition key and the sort key of an item.
Place = tuple[str, str]

_log = logging.getLogger(__name__)


class AuditTable:
    """A table by name, to which items are added in batches."""

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def put(self, items: Mapping[Place, Item]) -> AbstractSet[Place]:
        """Write items and return the places of those that were accepted. Those beyond DynamoDB's limits are not.

        Raises ``AuditUnavailable`` only if no item is known to have been accepted.
        """
        accepted: set[Place] = set()
        for batch in chunked((place for place, item in items.items() if fits(item)), _MOST):
            try:
                accepted |= self._put({place: items[place] for place in batch})
            except AuditUnavailable:
                if not accepted:
                    raise
                _log.warning("the audit log became unavailable after some entries were written", exc_info=True)
                break
        return accepted

    def _put(self, items: Mapping[Place, Item]) -> AbstractSet[Place]:
        """Write one batch and return the accepted places. Unprocessed items are retried after growing pauses."""
        left: AbstractSet[Place] = items.keys()
        for pause in (*_PAUSES, None):
            requests: list[WriteRequestTypeDef] = [{"PutRequest": {"Item": items[place]}} for place in left]
            with port_errors(AUDIT):
                answer = self._client.batch_write_item(RequestItems={self._name: requests})
            left = {_place_of(request) for request in answer.get("UnprocessedItems", {}).get(self._name, [])}
            if not left or pause is None:
                break
            time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, not a secret
        return items.keys() - left


def _place_of(request: "WriteRequestOutputTypeDef") -> Place:
    item = cast("Item", request["PutRequest"]["Item"])  # one of the requests that were sent
    return item["pk"]["S"], item["sk"]["S"]
