"""What the doctor tells of buckets and tables that keep too much, too little, or for everybody."""

from collections.abc import Callable
from typing import Any

import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.plan import Plan
from adapters.aws.provision import provision
from adapters.aws.retention import unfit_retention
from ocrcore.domain.errors import AuditUnavailable
from relay_server import Relay, answer

_BY_DAYS: dict[str, Any] = {"ID": "old", "Status": "Enabled", "Expiration": {"Days": 30}}


def _with_versions(clients: AwsClients, plan: Plan) -> None:
    clients.s3.put_bucket_versioning(Bucket=plan.bucket, VersioningConfiguration={"Status": "Enabled"})


def _with_rules(*rules: dict[str, Any]) -> Callable[[AwsClients, Plan], None]:
    def set_rules(clients: AwsClients, plan: Plan) -> None:
        given: Any = {"Rules": list(rules)}
        clients.s3.put_bucket_lifecycle_configuration(Bucket=plan.bucket, LifecycleConfiguration=given)

    return set_rules


def _with_ended_versions(clients: AwsClients, plan: Plan) -> None:
    _with_versions(clients, plan)
    ended = {"ID": "ended", "Status": "Enabled", "NoncurrentVersionExpiration": {"NoncurrentDays": 7}}
    _with_rules({**ended, "Filter": {"Prefix": ""}})(clients, plan)


def _open(clients: AwsClients, plan: Plan) -> None:
    clients.s3.delete_public_access_block(Bucket=plan.bucket)


def _expiring_by(attribute: str | None) -> Callable[[AwsClients, Plan], None]:
    def set_life(clients: AwsClients, plan: Plan) -> None:
        for name in ("ttl", attribute):
            if name:
                life: Any = {"Enabled": name != "ttl", "AttributeName": name}
                clients.dynamodb.update_time_to_live(TableName=plan.table, TimeToLiveSpecification=life)

    return set_life


def test_what_init_made_keeps_as_it_should(clients: AwsClients, plan: Plan) -> None:
    assert list(unfit_retention(clients, plan)) == []


@pytest.mark.parametrize(
    ("misfit", "words"),
    [
        (_with_versions, "keeps versions of what is deleted"),
        (_with_rules({**_BY_DAYS, "Filter": {"Prefix": ""}}), "lifecycle rule old of the bucket"),
        (_with_rules({**_BY_DAYS, "Filter": {"Prefix": "jobs/"}}), "removes documents below jobs/"),
        (_open, "does not block all public access"),
        (_expiring_by(None), "never expire"),
        (_expiring_by("end"), "expire by the attribute end, and not by ttl"),
    ],
)
def test_a_setting_that_loses_or_keeps_is_told(
    clients: AwsClients, plan: Plan, misfit: Callable[[AwsClients, Plan], None], words: str
) -> None:
    misfit(clients, plan)
    (line,) = unfit_retention(clients, plan)
    assert words in line


@pytest.mark.parametrize(
    "fit",
    [
        _with_ended_versions,
        _with_rules({**_BY_DAYS, "Filter": {"Prefix": "uploads/"}}),
        _with_rules({**_BY_DAYS, "Filter": {"Prefix": ""}, "Status": "Disabled"}),
        _with_rules({**_BY_DAYS, "Filter": {"Tag": {"Key": "a", "Value": "b"}}}),
    ],
)
def test_a_setting_that_does_no_harm_is_not_told(
    clients: AwsClients, plan: Plan, fit: Callable[[AwsClients, Plan], None]
) -> None:
    fit(clients, plan)
    assert list(unfit_retention(clients, plan)) == []


def test_what_may_not_be_looked_at_is_told_and_what_a_service_lacks_is_not(
    relayed: AwsClients, relay: Relay, plan: Plan
) -> None:
    denied, lacking = (
        answer(status, f"<Error><Code>{code}</Code></Error>")
        for status, code in ((403, "AccessDenied"), (501, "NotImplemented"))
    )
    relay.faults += [denied, *[lacking] * 6]
    (line,) = unfit_retention(relayed, plan)
    assert line.startswith("The doctor may not look at all settings: The store of documents did not do GetBucketVers")


def test_entries_that_expire_by_another_attribute_are_not_made_to_look_right(clients: AwsClients, plan: Plan) -> None:
    _expiring_by("end")(clients, plan)
    with pytest.raises(AuditUnavailable, match="by the attribute end, and not by ttl"):
        provision(clients, plan)
