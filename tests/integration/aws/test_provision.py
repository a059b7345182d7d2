import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import boto3
import pytest

from adapters.aws.clients import AwsClients
from adapters.aws.plan import Plan
from adapters.aws.preflight import preflight
from adapters.aws.provision import provision
from adapters.aws.queue import url_of
from integration.aws.plans import a_plan
from moto_server import clients_of
from ocrcore.domain.errors import StorageUnavailable
from relay_server import Relay, answer, relay_to


def test_what_was_made_is_not_refused(clients: AwsClients, plan: Plan) -> None:
    assert preflight(clients, plan) == []


def test_to_make_it_twice_changes_nothing(clients: AwsClients, plan: Plan) -> None:
    clients.s3.put_object(Bucket=plan.bucket, Key="a", Body=b"kept")
    before = _attributes(clients, plan.queue), clients.dynamodb.describe_table(TableName=plan.table)["Table"]
    provision(clients, plan)
    after = _attributes(clients, plan.queue), clients.dynamodb.describe_table(TableName=plan.table)["Table"]
    assert before == after
    assert clients.s3.get_object(Bucket=plan.bucket, Key="a")["Body"].read() == b"kept"


def test_queues_are_set_to_what_the_plan_says_now(clients: AwsClients, plan: Plan) -> None:
    more = replace(plan, max_attempts=5, visibility_timeout=timedelta(seconds=90))
    assert len(preflight(clients, more)) == 1
    provision(clients, more)
    assert preflight(clients, more) == []
    attributes = _attributes(clients, plan.queue)
    assert attributes["VisibilityTimeout"] == "90"
    assert json.loads(attributes["RedrivePolicy"])["maxReceiveCount"] == 15


def test_messages_outlive_jobs_and_dead_letters_messages(clients: AwsClients, plan: Plan) -> None:
    assert _attributes(clients, plan.queue)["MessageRetentionPeriod"] == "345600"
    assert _attributes(clients, plan.dead_letter_queue)["MessageRetentionPeriod"] == "1209600"


def test_nobody_else_may_see_the_bucket(clients: AwsClients, plan: Plan) -> None:
    block = clients.s3.get_public_access_block(Bucket=plan.bucket)["PublicAccessBlockConfiguration"]
    assert all(block.values())
    assert "Status" not in clients.s3.get_bucket_versioning(Bucket=plan.bucket)


def test_the_table_is_paid_by_use_and_forgets(clients: AwsClients, plan: Plan) -> None:
    table = clients.dynamodb.describe_table(TableName=plan.table)["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    life = clients.dynamodb.describe_time_to_live(TableName=plan.table)["TimeToLiveDescription"]
    assert life == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}


def test_the_first_region_has_buckets_without_a_place(endpoint: str) -> None:
    first = boto3.Session("nobody", "nothing", region_name="us-east-1")
    plan = a_plan()
    with clients_of(endpoint, first) as clients:
        provision(clients, plan)
        assert preflight(clients, plan) == []
        assert clients.s3.get_bucket_location(Bucket=plan.bucket)["LocationConstraint"] is None


def test_a_bucket_of_the_first_region_is_not_made_again(endpoint: str) -> None:
    """There AWS answers a second making of one's own bucket with success, and resets its access lists."""
    first = boto3.Session("nobody", "nothing", region_name="us-east-1")
    plan, made = a_plan(), []
    with clients_of(endpoint, first) as clients:
        clients.s3.meta.events.register("before-call.s3.CreateBucket", lambda **_: made.append(plan.bucket))
        provision(clients, plan)
        provision(clients, plan)
    assert made == [plan.bucket]


def test_a_bucket_of_the_first_region_that_does_not_answer_is_not_made_again(endpoint: str) -> None:
    first = boto3.Session("nobody", "nothing", region_name="us-east-1")
    plan, made = a_plan(), []
    with relay_to(endpoint) as relay, clients_of(relay.url, first) as clients:
        clients.s3.meta.events.register("before-call.s3.CreateBucket", lambda **_: made.append(plan.bucket))
        relay.faults.extend([answer(500, "")] * 3)
        with pytest.raises(StorageUnavailable):
            provision(clients, plan)
    assert made == []


def test_the_bucket_of_somebody_else_is_not_taken(relayed: AwsClients, relay: Relay) -> None:
    relay.faults.append(answer(409, "<Error><Code>BucketAlreadyExists</Code></Error>"))
    with pytest.raises(StorageUnavailable, match="BucketAlreadyExists"):
        provision(relayed, a_plan())


@pytest.mark.parametrize("code", ["InvalidBucketName", "TooManyBuckets", "OperationAborted"])
def test_what_is_refused_as_it_was_asked_for_is_told_too(relayed: AwsClients, relay: Relay, code: str) -> None:
    relay.faults.append(answer(400, f"<Error><Code>{code}</Code></Error>"))
    with pytest.raises(StorageUnavailable, match=rf"The store of documents did not do CreateBucket \({code}\)"):
        provision(relayed, a_plan())


def test_a_part_that_cannot_be_made_does_not_keep_the_others_from_being_made(
    relayed: AwsClients, relay: Relay, clients: AwsClients
) -> None:
    plan = a_plan()
    relay.faults += [None, answer(501, "<Error><Code>NotImplemented</Code></Error>")]
    with pytest.raises(StorageUnavailable, match=r"did not do PutPublicAccessBlock \(NotImplemented\)\.$"):
        provision(relayed, plan)
    assert preflight(clients, plan) == []


def test_a_part_that_is_asked_for_wrongly_has_its_line(relayed: AwsClients, relay: Relay, plan: Plan) -> None:
    code = "AuthorizationHeaderMalformed"
    relay.faults.append(answer(400, f"<Error><Code>{code}</Code></Error>"))
    (line,) = preflight(relayed, plan)
    assert line == f"The bucket {plan.bucket} cannot be used. The store of documents did not do ListObjectsV2 ({code})."


def test_each_part_that_is_missing_has_its_line(clients: AwsClients) -> None:
    plan = a_plan()
    lines = preflight(clients, plan)
    for name, line in zip([plan.bucket, plan.dead_letter_queue, plan.queue, plan.table], lines, strict=True):
        assert f" {name} cannot be used; ocrcore init makes what is missing." in line


def test_a_part_that_may_not_be_used_is_not_said_to_be_missing(relayed: AwsClients, relay: Relay, plan: Plan) -> None:
    relay.faults.append(answer(403, "<Error><Code>AccessDenied</Code></Error>"))
    (line,) = preflight(relayed, plan)
    assert line == f"The bucket {plan.bucket} cannot be used. The store of documents did not do it (AccessDenied)."


def test_credentials_that_are_refused_are_the_one_reason(relayed: AwsClients, relay: Relay, plan: Plan) -> None:
    relay.faults.append(answer(403, "<Error><Code>InvalidAccessKeyId</Code></Error>"))
    (line,) = preflight(relayed, plan)
    assert line.startswith("AWS refuses the credentials")


def test_a_caller_without_credentials_is_told_so(
    endpoint: str, plan: Plan, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with clients_of(endpoint, boto3.Session(region_name="eu-central-1")) as clients:
        (line,) = preflight(clients, plan)
    assert line.startswith("There are no AWS credentials")


def test_an_aws_that_is_not_reached_is_the_one_reason(plan: Plan) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = f"http://127.0.0.1:{server.getsockname()[1]}"
    with clients_of(closed) as clients:
        (line,) = preflight(clients, plan)
    assert "does not answer; look at the network, at AWS_REGION and at AWS_ENDPOINT_URL" in line
    assert "ocrcore init" not in line


@pytest.mark.parametrize(
    ("job_ttl", "kept"), [(timedelta(hours=1), 96), (timedelta(days=5), 132), (timedelta(days=13), 324)]
)
def test_messages_are_kept_for_longer_than_any_job_takes(clients: AwsClients, job_ttl: timedelta, kept: int) -> None:
    plan = replace(a_plan(), job_ttl=job_ttl)
    provision(clients, plan)
    assert preflight(clients, plan) == []
    assert _attributes(clients, plan.queue)["MessageRetentionPeriod"] == str(kept * 3600)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda plan: replace(plan, job_ttl=timedelta(days=4)), "4d, which must be longer than a job may take"),
        (lambda plan: replace(plan, max_attempts=4), "gives up after 10 receives"),
        (lambda plan: replace(plan, dead_letter_queue=plan.queue), "is another than"),
    ],
)
def test_a_queue_that_does_not_fit_the_settings_is_refused(
    clients: AwsClients, plan: Plan, change: Callable[[Plan], Plan], told: str
) -> None:
    assert any(told in line for line in preflight(clients, change(plan)))


def test_a_queue_without_dead_letters_is_refused(clients: AwsClients, plan: Plan) -> None:
    clients.sqs.set_queue_attributes(QueueUrl=url_of(clients.sqs, plan.queue), Attributes={"RedrivePolicy": ""})
    (line,) = preflight(clients, plan)
    assert "has no dead-letter queue" in line


def test_dead_letters_that_live_no_longer_than_messages_are_refused(clients: AwsClients, plan: Plan) -> None:
    url = url_of(clients.sqs, plan.dead_letter_queue)
    clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "345600"})
    (line,) = preflight(clients, plan)
    assert "their age counts on" in line


def test_a_table_with_other_keys_is_refused(clients: AwsClients, plan: Plan) -> None:
    other = f"{plan.table}-other"
    clients.dynamodb.create_table(
        TableName=other,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    assert preflight(clients, replace(plan, table=other)) == [f"The table {other} has other keys than the audit log's."]


def test_the_table_of_0_1_with_its_index_is_kept(clients: AwsClients) -> None:
    """0.1 made a global secondary index of days, which nothing reads."""
    plan = a_plan()
    keys = ("pk", "sk", "gsi1pk", "gsi1sk")
    clients.dynamodb.create_table(
        TableName=plan.table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "gsi1",
                "KeySchema": [
                    {"AttributeName": "gsi1pk", "KeyType": "HASH"},
                    {"AttributeName": "gsi1sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    provision(clients, plan)
    assert preflight(clients, plan) == []


def _attributes(clients: AwsClients, queue: str) -> dict[str, str]:
    url = url_of(clients.sqs, queue)
    attributes = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {str(name): value for name, value in attributes.items() if name != "LastModifiedTimestamp"}
