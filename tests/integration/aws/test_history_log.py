from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from adapters.aws.clients import AwsClients
from adapters.aws.history_log import DynamoHistoryLog
from adapters.aws.plan import Plan
from ocrcore.domain.instants import parse_instant
from ocrcore.domain.key_entry import KeyAction, KeyEntry
from ocrcore.ports.history_log import HistoryLog
from ocrcore.testing.builders import START
from ocrcore.testing.history_log import HistoryLogContract, an_entry

_LIFE = timedelta(days=30)


class TestDynamoHistoryLog(HistoryLogContract):
    @pytest.fixture(autouse=True)
    def _table(self, clients: AwsClients, plan: Plan) -> None:
        self._clients, self._plan = clients, plan

    @pytest.fixture
    def log(self) -> DynamoHistoryLog:
        return DynamoHistoryLog(self._clients.dynamodb, self._plan.table, _LIFE)

    def kept(self, log: HistoryLog, owner: str) -> Sequence[KeyEntry]:  # noqa: ARG002 - the table has it
        return [
            KeyEntry(
                owner=item["pk"].removeprefix("OWNER#"),
                at=parse_instant(item["at"]),
                event_id=item["sk"].partition("#")[2],
                action=KeyAction(item["action"]),
                actor=item["actor"],
                detail=item["detail"],
            )
            for item in self._items(owner)
        ]

    def _items(self, owner: str) -> list[dict[str, Any]]:
        read = TypeDeserializer().deserialize
        found = self._clients.dynamodb.query(
            TableName=self._plan.table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"OWNER#{owner}"}},
        )["Items"]
        return [{name: read(value) for name, value in item.items()} for item in found]

    def test_the_table_deletes_an_entry_when_its_time_is_over(self, log: HistoryLog) -> None:
        log.write([an_entry(0)])
        (item,) = self._items("ana")
        assert int(item["ttl"]) == int((START + _LIFE).timestamp())
