import json
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.aws import audit_table
from adapters.aws.audit import DynamoAudit
from adapters.aws.audit_items import item_of
from adapters.aws.clients import AwsClients
from adapters.aws.plan import Plan
from adapters.memory.clock import MemoryClock
from ocrcore.domain.audit import AuditEntry
from ocrcore.domain.errors import AuditUnavailable
from ocrcore.testing.audit import an_entry
from ocrcore.testing.builders import START, TICK, an_id
from relay_server import Fault, Relay, answer

TTL = timedelta(days=90)
THROTTLED = answer(400, '{"__type": "com.amazonaws.dynamodb.v20120810#ThrottlingException"}')


@pytest.fixture
def clock() -> MemoryClock:
    return MemoryClock(START)


@pytest.fixture
def audit(relayed: AwsClients, plan: Plan, clock: MemoryClock) -> DynamoAudit:
    return DynamoAudit(relayed.dynamodb, plan.table, clock, TTL)


def entries(number: int) -> list[AuditEntry]:
    return [an_entry(each, at=START + each * TICK) for each in range(number)]


def left_over(plan: Plan, *some: AuditEntry) -> Fault:
    """Return the answer to a batch of which some entries were not written."""
    requests = [{"PutRequest": {"Item": item_of(entry, TTL)}} for entry in some]
    return answer(200, json.dumps({"UnprocessedItems": {plan.table: requests}}))


def test_what_is_left_over_is_written_again(audit: DynamoAudit, relay: Relay, plan: Plan) -> None:
    first, second = entries(2)
    relay.faults += [left_over(plan, first, second), left_over(plan, second)]
    relay.seen.clear()
    assert audit.write([first, second]) == [True, True]
    assert len(relay.seen) == 3


def test_what_stays_left_over_was_not_written(
    audit: DynamoAudit, relay: Relay, plan: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_table, "_PAUSES", (0.0, 0.0))
    first, second = entries(2)
    relay.faults += [left_over(plan, second)] * 3
    assert audit.write([first, second, second]) == [True, False, False]
    assert not relay.faults


def test_a_log_that_goes_away_half_way_took_the_first_half(audit: DynamoAudit, relay: Relay) -> None:
    relay.faults += [None, THROTTLED, THROTTLED, THROTTLED]
    assert audit.write(entries(60)) == [True] * 25 + [False] * 35


def test_a_log_that_is_away_took_nothing(audit: DynamoAudit, relay: Relay) -> None:
    relay.faults += [THROTTLED] * 3
    with pytest.raises(AuditUnavailable, match="ThrottlingException"):
        audit.write(entries(1))


def test_an_entry_that_no_table_takes_fails_alone(audit: DynamoAudit) -> None:
    wide = replace(an_entry(1), detail={"why": "x" * 500_000})
    long = an_entry(2, event="x" * 1024)
    assert audit.write([wide, an_entry(3), long]) == [False, True, False]


def test_an_entry_that_is_over_is_not_shown(audit: DynamoAudit, clock: MemoryClock) -> None:
    old, young = an_entry(1), an_entry(2, at=START + timedelta(seconds=1))
    audit.write([old, young])
    clock.advance(TTL - timedelta(seconds=1))
    assert audit.timeline(an_id(1), None, 10) == [old, young]
    clock.advance(timedelta(seconds=1))
    assert audit.timeline(an_id(1), None, 1) == [young]


def test_a_table_drops_its_old_entries_itself(audit: DynamoAudit) -> None:
    audit.write(entries(1))
    assert audit.forget(START + TTL, 10) == 0
    assert audit.timeline(an_id(1), None, 10) == entries(1)


def test_a_table_that_is_not_there_is_unavailable(clients: AwsClients, clock: MemoryClock) -> None:
    audit = DynamoAudit(clients.dynamodb, "no-such-table", clock)
    with pytest.raises(AuditUnavailable):
        audit.check()
    with pytest.raises(AuditUnavailable):
        audit.write(entries(1))
    with pytest.raises(AuditUnavailable):
        audit.timeline(an_id(1), None, 1)


def test_a_table_that_is_being_deleted_is_unavailable(audit: DynamoAudit, relay: Relay) -> None:
    relay.faults.append(answer(200, '{"Table": {"TableStatus": "DELETING"}}'))
    with pytest.raises(AuditUnavailable, match="DELETING"):
        audit.check()
