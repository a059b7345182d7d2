"""The service on AWS, with a MySQL-compatible server and a stand-in for S3, SQS and DynamoDB, all over the network."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa

import pictures
from adapters.aws.clients import AwsClients
from e2e.house import House, Running, finished, get, submit, texts
from entrypoints.library import open_aws
from moto_server import clients_of, moto_server
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.testing.patience import FOREVER, eventually, within

WORDS = ("ALPHA", "BRAVO", "CHARLIE", "DELTA", "ECHO")


@pytest.fixture(scope="module")
def rds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with mysql_server(tmp_path_factory.mktemp("rds")) as server:
        yield server


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto_server() as address:
        yield address


@pytest.fixture
def clients(endpoint: str) -> Iterator[AwsClients]:
    with clients_of(endpoint) as clients:
        yield clients


@pytest.fixture
def names(request: pytest.FixtureRequest) -> dict[str, str]:
    """Names of this test's own, for the servers are shared."""
    own = f"t{abs(hash(request.node.name)) % 10**8}"
    return {
        "OCR_S3_BUCKET": f"bucket-{own}",
        "OCR_SQS_QUEUE": f"jobs-{own}",
        "OCR_SQS_DLQ": f"dead-{own}",
        "OCR_DYNAMODB_TABLE": f"audit-{own}",
    }


@pytest.fixture
def deployment(rds: MysqlServer, endpoint: str, names: dict[str, str]) -> Iterator[dict[str, str]]:
    """Return the environment of processes that share nothing but servers."""
    schema = f"ocr_{names['OCR_SQS_QUEUE'].removeprefix('jobs-')}"
    create_schema(rds, schema)
    yield names | {
        "OCR_BACKEND": "aws",
        "OCR_DATABASE_URL": rds.url(schema),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    rds.execute(f"DROP DATABASE `{schema}`")


def started(house: House, deployment: dict[str, str]) -> tuple[Running, Running]:
    """Return an API and a worker, on machines of their own as far as they know."""
    assert house.run("init", **deployment).returncode == 0
    api = house.serve(**deployment, OCR_DATA_DIR=str(house.root / "nowhere"))
    return api, house.start("worker", **deployment, OCR_DATA_DIR=str(house.root / "elsewhere"))


def messages(clients: AwsClients, queue: str) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """Return body and attributes of what is in the queue."""
    url = clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    received = clients.sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"]
    )
    return [
        (
            json.loads(message["Body"]),
            {name: value["StringValue"] for name, value in message.get("MessageAttributes", {}).items()},
        )
        for message in received.get("Messages", [])
    ]


def visible(clients: AwsClients, queue: str) -> int:
    return int(attributes_of(clients, queue)["ApproximateNumberOfMessages"])


def waiting(clients: AwsClients, queue: str) -> int:
    return visible(clients, queue) + int(attributes_of(clients, queue)["ApproximateNumberOfMessagesNotVisible"])


def attributes_of(clients: AwsClients, queue: str) -> Mapping[str, str]:
    url = clients.sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    found = clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    return {str(name): value for name, value in found.items()}


def actions(clients: AwsClients, table: str) -> list[str]:
    found = clients.dynamodb.scan(TableName=table)["Items"]
    return sorted(item["action"]["S"] for item in found)


def test_pages_go_through_every_service_and_come_back_as_text(
    house: House, deployment: dict[str, str], clients: AwsClients
) -> None:
    api, worker = started(house, deployment)
    job = finished(api.url, submit(api.url, *WORDS)["id"])
    assert job["status"] == "DONE"
    assert texts(api.url, job["id"]) == list(WORDS)
    assert get(api.url, "/stats")["workers"][0]["kind"] == "worker"
    assert eventually(lambda: waiting(clients, deployment["OCR_SQS_QUEUE"]) == 0)
    told = eventually(
        lambda: (found := actions(clients, deployment["OCR_DYNAMODB_TABLE"])).count("item.recognised") == 5 and found
    )
    assert (told.count("job.created"), told.count("item.claimed")) == (1, 5)
    assert house.run("keys", "create", "ana", **deployment).returncode == 0
    assert eventually(lambda: "key.created" in actions(clients, deployment["OCR_DYNAMODB_TABLE"]))
    with within(15):
        api.stop()
    with within(40):
        worker.stop()
    assert house.left == []


def test_rows_objects_and_messages_are_as_specified(
    house: House, deployment: dict[str, str], clients: AwsClients
) -> None:
    began = datetime.now(UTC)
    assert house.run("init", **deployment).returncode == 0
    api = house.serve(**deployment)
    request_id = uuid4()
    job = submit(api.url, "ALPHA", traceparent=f"00-{request_id.hex}-00f067aa0ba902b7-01")
    (item,) = get(api.url, f"/jobs/{job['id']}/items")["items"]
    ((body, attributes),) = eventually(lambda: messages(clients, deployment["OCR_SQS_QUEUE"]))
    assert list(body) == ["job_id", "item_id", "s3_bucket", "s3_key", "created_at"]
    assert (body["item_id"], body["s3_bucket"], body["s3_key"]) == (
        item["id"],
        deployment["OCR_S3_BUCKET"],
        item["s3_key"],
    )
    (submitted,) = [line for line in api.log.read_text().splitlines() if "job submitted" in line]
    assert set(attributes) == {"request_id", "traceparent"}
    assert attributes["request_id"] == str(request_id)
    assert attributes["request_id"] in submitted
    assert re.fullmatch(f"00-{request_id.hex}-[0-9a-f]{{16}}-00", attributes["traceparent"])
    stored = clients.s3.get_object(Bucket=deployment["OCR_S3_BUCKET"], Key=item["s3_key"])["Body"].read()
    assert stored == pictures.png("ALPHA")
    engine = sa.create_engine(deployment["OCR_DATABASE_URL"])
    with engine.connect() as connection:
        row = connection.execute(sa.text("SELECT submitted_at, sqs_retention_deadline FROM jobs")).one()
        columns = connection.execute(
            sa.text(
                "SELECT column_name, column_type FROM information_schema.columns"
                " WHERE table_schema = DATABASE() AND table_name = 'job_items'"
            )
        )
        kinds = {str(name): str(kind) for name, kind in columns}
    engine.dispose()
    assert (row[1] - row[0]).total_seconds() == 172_800
    assert (kinds["id"], kinds["status"], kinds["ocr_text"], kinds["created_at"]) == (
        "char(36)",
        "varchar(10)",
        "mediumtext",
        "datetime(6)",
    )
    assert began <= row[0].replace(tzinfo=UTC) <= datetime.now(UTC)


def test_init_may_be_run_twice(house: House, deployment: dict[str, str]) -> None:
    for _ in range(2):
        done = house.run("init", **deployment)
        assert (done.returncode, done.stdout.count("Ready")) == (0, 1), done.stderr


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker",)])
def test_nothing_starts_before_init_and_one_line_says_why(
    house: House, deployment: dict[str, str], command: tuple[str, ...]
) -> None:
    refused = house.run(*command, **deployment)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    for word in ("ocrcore init", deployment["OCR_S3_BUCKET"], deployment["OCR_SQS_QUEUE"], "Traceback"):
        assert (word in refused.stderr) == (word != "Traceback")


def test_an_old_schema_is_refused(house: House, deployment: dict[str, str], rds: MysqlServer) -> None:
    assert house.run("init", **deployment).returncode == 0
    schema = deployment["OCR_DATABASE_URL"].rpartition("/")[2]
    rds.execute(f"UPDATE `{schema}`.alembic_version SET version_num = '0001'")  # noqa: S608 - our own words
    refused = house.run("worker", **deployment)
    assert (refused.returncode, "ocrcore init" in refused.stderr) == (1, True)


def test_a_queue_that_gives_up_too_early_is_refused(
    house: House, deployment: dict[str, str], clients: AwsClients
) -> None:
    assert house.run("init", **deployment).returncode == 0
    url = clients.sqs.get_queue_url(QueueName=deployment["OCR_SQS_QUEUE"])["QueueUrl"]
    dead = clients.sqs.get_queue_url(QueueName=deployment["OCR_SQS_DLQ"])["QueueUrl"]
    arn = clients.sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": redrive})
    refused = house.run("worker", **deployment)
    assert (refused.returncode, "maxReceiveCount" in refused.stderr) == (1, True)


def test_the_backend_needs_to_be_told_its_database(house: House, tmp_path: Path) -> None:
    refused = house.run("init", OCR_BACKEND="aws", AWS_REGION="eu-central-1", HOME=str(tmp_path))
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "OCR_DATABASE_URL" in refused.stderr


def test_an_api_without_its_database_answers_at_once_and_recovers_by_itself(
    house: House, deployment: dict[str, str], rds: MysqlServer
) -> None:
    api, _ = started(house, deployment)
    done = submit(api.url, "ALPHA")
    finished(api.url, done["id"])
    rds.stop()
    try:
        with within(5):
            away = httpx.get(f"{api.url}/api/v1/jobs/{done['id']}", timeout=FOREVER)
        assert (away.status_code, away.json()["code"]) == (503, "database-unavailable")
    finally:
        rds.start()
    assert eventually(lambda: httpx.get(f"{api.url}/health/ready", timeout=FOREVER).is_success)
    later = submit(api.url, "BRAVO")
    assert finished(api.url, later["id"])["status"] == "DONE"


def kinds(house: House, deployment: dict[str, str], *options: str) -> tuple[int, list[str]]:
    """Return the exit status of the doctor, and the kinds of what is left."""
    done = house.run("doctor", "--json", *options, **deployment)
    assert "Traceback" not in done.stderr, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, sorted(one["kind"] for one in found if one["left"])


def test_the_doctor_finds_nothing_at_work_and_what_was_planted_afterwards(
    house: House, deployment: dict[str, str], clients: AwsClients, rds: MysqlServer
) -> None:
    api, worker = started(house, deployment)
    jobs = [submit(api.url, *WORDS[:3]) for _ in range(4)]
    for _ in range(2):
        assert kinds(house, deployment, "--every-timeline") == (0, [])
    finished(api.url, jobs[-1]["id"])
    assert kinds(house, deployment, "--repair") == (0, [])
    api.stop()
    worker.stop()

    bucket, schema = deployment["OCR_S3_BUCKET"], deployment["OCR_DATABASE_URL"].rpartition("/")[2]
    first, second = (job["id"] for job in jobs[:2])
    rds.execute(f"UPDATE `{schema}`.jobs SET done = 1, pending = 7 WHERE id = '{first}'")  # noqa: S608 - our own words
    listed = clients.s3.list_objects_v2(Bucket=bucket, Prefix=f"jobs/{second}/")["Contents"]
    clients.s3.delete_object(Bucket=bucket, Key=next(one["Key"] for one in listed if one["Key"].endswith(".png")))
    clients.s3.put_object(Bucket=bucket, Key="jobs/01900000-0000-7000-8000-000000000000/a.jpg", Body=b"x")
    stranger = {"job_id": str(uuid4()), "item_id": str(uuid4()), "s3_bucket": bucket, "s3_key": "k"}
    clients.sqs.send_message(
        QueueUrl=clients.sqs.get_queue_url(QueueName=deployment["OCR_SQS_DLQ"])["QueueUrl"],
        MessageBody=json.dumps(stranger | {"created_at": "2026-01-02T03:04:05.000000Z"}),
    )
    mendable, rest = ["wrong-counts"], ["missing-upload", "stray-job", "unknown-dead-letter"]
    shown = house.run("doctor", **deployment, OCR_VISIBILITY_TIMEOUT="5s")
    assert shown.returncode == 1
    for words in (*mendable, *rest, f"$ aws s3 rm s3://{bucket}/jobs/01900000", stranger["item_id"]):
        assert words in shown.stdout
    assert "secret" not in shown.stdout + shown.stderr
    assert eventually(lambda: visible(clients, deployment["OCR_SQS_DLQ"]))  # again: it hides what it looks at
    assert kinds(house, deployment, "--repair") == (1, rest)
    assert waiting(clients, deployment["OCR_SQS_DLQ"]) == 1
    assert "01900000-0000-7000-8000-000000000000" in str(clients.s3.list_objects_v2(Bucket=bucket)["Contents"])


def test_the_doctor_runs_where_no_process_would_start(
    house: House, deployment: dict[str, str], clients: AwsClients, rds: MysqlServer
) -> None:
    assert kinds(house, deployment) == (1, ["old-schema", *["unfit-part"] * 4])
    assert house.run("init", **deployment).returncode == 0
    assert kinds(house, deployment) == (0, [])
    url, dead = (
        clients.sqs.get_queue_url(QueueName=deployment[f"OCR_SQS_{name}"])["QueueUrl"] for name in ("QUEUE", "DLQ")
    )
    clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"MessageRetentionPeriod": "3600"})
    assert kinds(house, deployment) == (1, ["unfit-part"])
    clients.sqs.set_queue_attributes(QueueUrl=dead, Attributes={"MessageRetentionPeriod": "3600"})
    assert kinds(house, deployment) == (1, ["unfit-part"] * 2)
    for gone in (dead, url):
        clients.sqs.delete_queue(QueueUrl=gone)
    assert kinds(house, deployment, "--repair") == (1, ["service-away"] * 2 + ["unfit-part"] * 2)
    clients.s3.delete_bucket(Bucket=deployment["OCR_S3_BUCKET"])
    assert kinds(house, deployment) == (1, ["service-away"] * 3 + ["unfit-part"] * 3)
    schema = deployment["OCR_DATABASE_URL"].rpartition("/")[2]
    rds.execute(f"UPDATE `{schema}`.alembic_version SET version_num = '0001'")  # noqa: S608 - our own words
    assert kinds(house, deployment)[1].count("old-schema") == 1
    away = deployment | {"OCR_DATABASE_URL": deployment["OCR_DATABASE_URL"].replace(f":{rds.port}/", ":1/")}
    assert kinds(house, away) == (1, ["service-away"])


def test_a_program_of_ones_own_submits_and_a_worker_reads(
    house: House, deployment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert house.run("init", **deployment).returncode == 0
    house.start("worker", **deployment)
    page = tmp_path / "page.png"
    page.write_bytes(pictures.png("ALPHA"))
    for name, value in deployment.items():
        monkeypatch.setenv(name, value)
    with open_aws() as ocr:
        job = ocr.wait(ocr.submit([page]).id, timeout=FOREVER)
        assert [item.ocr_text for item in ocr.items(job.id)] == ["ALPHA"]
        assert {worker.slots for worker in ocr._service.fleet().reports if worker.kind == "library"} == {0}


def test_open_aws_has_no_slots() -> None:
    with pytest.raises(TypeError, match="open_aws has no setting 'slots'"), open_aws(slots=1):
        pass
