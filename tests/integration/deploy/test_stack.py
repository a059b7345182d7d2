"""The stack, made by moto's CloudFormation: the service starts and works on exactly these parts."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

import pictures
from adapters.aws.clients import AwsClients, open_clients
from adapters.aws.plan import Plan
from adapters.aws.preflight import preflight
from aws_stack import Stack, machine_script, stack
from aws_template import NOT_MADE_BY_MOTO, template
from entrypoints.backends.parts import init
from entrypoints.settings import Settings, read_settings
from full_load import work_off
from mysql_server import create_schema, mysql_server
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, JobStatus, Upload


@pytest.fixture(scope="module")
def made() -> Iterator[Stack]:
    with stack() as made:
        yield made


def _environment(made: Stack, role: str) -> dict[str, str]:
    """Return the settings that a machine of the stack writes for its process."""
    text = machine_script(made, role)
    found = re.search(r"<<'ENV'\n(.*?)\nENV\n", text, re.DOTALL)
    assert found is not None
    return dict(line.split("=", 1) for line in found[1].splitlines())


@pytest.fixture(scope="module")
def settings(made: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The settings of an API machine, but for the database, which is a real one, and the address of AWS."""
    with mysql_server(tmp_path_factory.mktemp("mysql")) as server, pytest.MonkeyPatch.context() as patch:
        variables = {**_environment(made, "serve"), "OCR_DATABASE_URL": create_schema(server, "ocr")}
        del variables["OCR_DATABASE_CA"]
        for name, text in {
            "AWS_ENDPOINT_URL": made.endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            **variables,
        }.items():
            patch.setenv(name, text)
        yield read_settings(variables)


@pytest.fixture
def clients(settings: Settings) -> Iterator[AwsClients]:
    clients = open_clients(region=settings.aws_region)
    yield clients
    clients.close()


def test_moto_made_all_but_what_it_is_known_to_leave_out(made: Stack) -> None:
    wanted = {name: one["Type"] for name, one in template()["Resources"].items() if "Condition" not in one}
    assert made.made == {name: kind for name, kind in wanted.items() if kind not in NOT_MADE_BY_MOTO}


def test_the_parts_are_as_the_service_requires(settings: Settings, clients: AwsClients) -> None:
    plan = Plan(
        bucket=settings.bucket,
        queue=settings.sqs_queue,
        dead_letter_queue=settings.sqs_dlq,
        table=settings.dynamodb_table,
        bucket_owner=None,
        visibility_timeout=settings.visibility_timeout,
        job_ttl=settings.job_ttl,
        max_attempts=settings.max_attempts,
    )
    assert preflight(clients, plan) == []
    ttls = template()["Parameters"]["JobTtl"]["AllowedValues"]
    longest = max(read_settings({"OCR_JOB_TTL": ttl}).job_ttl for ttl in ttls)
    assert preflight(clients, replace(plan, job_ttl=longest)) == []


def test_init_changes_nothing_that_the_stack_made(settings: Settings, clients: AwsClients) -> None:
    """So the stack does not drift from its template."""

    def attributes() -> list[dict[str, str]]:
        urls = [
            clients.sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in (settings.sqs_queue, settings.sqs_dlq)
        ]
        found = [clients.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls]
        return [{str(name): text for name, text in one.items() if "Timestamp" not in name} for one in found]

    before = [{**one, "RedrivePolicy": json.loads(one.get("RedrivePolicy", "0"))} for one in attributes()]
    init(settings)
    assert [{**one, "RedrivePolicy": json.loads(one.get("RedrivePolicy", "0"))} for one in attributes()] == before


def test_a_job_is_done_on_these_parts_and_the_figures_are_published(settings: Settings, made: Stack) -> None:
    init(settings)
    with service_of_nothing(settings) as service:
        job = service.of(LOCAL_OWNER).submit([Upload("a.png", io.BytesIO(pictures.png("ALPHA")))])
        service.send(job.id)
        work_off(service)
        assert service.of(LOCAL_OWNER).get(job.id).status is JobStatus.DONE
        service.upkeep_once()
        assert service.of(LOCAL_OWNER).timeline(job.id)
    metrics = made.client("cloudwatch").list_metrics(Namespace=settings.cloudwatch_namespace)["Metrics"]
    assert "BacklogMinutes" in {metric["MetricName"] for metric in metrics}


@pytest.mark.parametrize(
    ("role", "account"),
    [("serve", "ocr_api"), ("worker", "ocr_worker"), ("setup", "ocr_init"), ("operator", "ocr_api")],
)
def test_a_machine_knows_its_role_and_its_account(made: Stack, role: str, account: str) -> None:
    text = machine_script(made, role)
    assert "${" not in text
    assert f"OCRCORE_ACCOUNT={account} " in text
    variables = _environment(made, role)
    assert variables == _environment(made, "serve")
    settings = read_settings(variables)
    assert (settings.auth, settings.public_url) == ("keys", "https://ocr.example.org")
    assert settings.grace < timedelta(minutes=2)  # the notice of a spot machine
    assert settings.cloudwatch_namespace == "ocr-test"
