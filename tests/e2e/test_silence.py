"""A service of AWS that accepts connections and says nothing: who waits for it is told so soon, the rest goes on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import httpx
import pymysql
import pytest

import pictures
from e2e.house import House, Running, finished, get
from moto_server import moto_server
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.testing.patience import FOREVER, eventually, stretch, within
from silent_server import Wire, wire_to

#: A process that upkeeps every second.
_UPKEEP = timedelta(seconds=1)
_SERVICES = ("SQS", "S3", "DYNAMODB")


@pytest.fixture(scope="module")
def rds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with mysql_server(tmp_path_factory.mktemp("rds")) as server:
        yield server


@pytest.fixture
def wires() -> Iterator[dict[str, Wire]]:
    with moto_server() as endpoint, ExitStack() as stack:
        port = urlsplit(endpoint).port or 0
        yield {service: stack.enter_context(wire_to(port)) for service in _SERVICES}


@pytest.fixture
def deployment(rds: MysqlServer, wires: dict[str, Wire]) -> Iterator[dict[str, str]]:
    yield {f"AWS_ENDPOINT_URL_{service}": wire.url for service, wire in wires.items()} | {
        "OCR_BACKEND": "aws",
        "OCR_DATABASE_URL": create_schema(rds, "ocr"),
        "AWS_ENDPOINT_URL": wires["SQS"].url,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_REGION": "eu-central-1",
    }
    rds.execute("DROP DATABASE ocr")


@pytest.fixture
def api(house: House, deployment: dict[str, str]) -> Running:
    assert house.run("init", **deployment).returncode == 0
    return house.serve(**deployment)


def submitted(api: Running, **fields: str) -> httpx.Response:
    files = [("files", ("a.png", pictures.png("ALPHA")))]
    return httpx.post(f"{api.url}/api/v1/jobs", files=files, data=fields, timeout=FOREVER)


def ready(api: Running) -> httpx.Response:
    return httpx.get(f"{api.url}/health/ready", timeout=FOREVER)


def test_jobs_are_accepted_while_the_queue_is_silent_and_read_afterwards(
    house: House, api: Running, deployment: dict[str, str], wires: dict[str, Wire]
) -> None:
    wires["SQS"].silent.set()
    before = stretch()
    with ThreadPoolExecutor(20) as clients:
        answers = list(clients.map(lambda _: submitted(api), range(20)))
    assert {answer.status_code for answer in answers} == {202}
    assert max(answer.elapsed.total_seconds() for answer in answers) < 5 * max(before, stretch())
    with within(2):
        one = httpx.get(f"{api.url}/api/v1/jobs/{answers[0].json()['id']}", timeout=FOREVER)
    assert one.status_code == 200
    with within(5):
        away = ready(api)
    assert (away.status_code, away.json()["detail"]) == (503, "Not ready: queue cannot be reached.")
    wires["SQS"].silent.clear()
    house.start("worker", **deployment)
    for answer in answers[:3]:
        assert finished(api.url, answer.json()["id"])["status"] == "DONE"


def test_without_the_store_nothing_is_accepted_and_that_is_said_soon(api: Running, wires: dict[str, Wire]) -> None:
    wires["S3"].silent.set()
    with within(12):
        refused = submitted(api)
    assert (refused.status_code, refused.json()["code"]) == (503, "storage-unavailable")
    with ThreadPoolExecutor(20) as clients:
        waiting = [clients.submit(submitted, api) for _ in range(20)]
        with within(5):
            away = ready(api)
        with within(1):
            httpx.get(f"{api.url}/health/live", timeout=FOREVER).raise_for_status()
        assert {answer.result().status_code for answer in waiting} == {503}
    assert (away.status_code, away.json()["detail"]) == (503, "Not ready: documents cannot be reached.")


def expired(rds: MysqlServer, job_id: str) -> bool:
    """Tell whether the row says so, for a question to the API would apply the deadline."""
    ((found,),) = rds.execute(f"SELECT status FROM ocr.jobs WHERE id = '{job_id}'")  # noqa: S608 - the API's own
    return found == "EXPIRED"


def test_jobs_expire_in_time_whatever_is_silent(api: Running, rds: MysqlServer, wires: dict[str, Wire]) -> None:
    for wire in wires.values():
        wire.silent.clear()
    first = submitted(api).json()  # its entries wait for the audit log
    jobs = [submitted(api, expires_in=f"{after}s").json() for after in (3, 8, 13, 18, 23)]
    httpx.delete(f"{api.url}/api/v1/jobs/{first['id']}", timeout=FOREVER)
    for wire in wires.values():
        wire.silent.set()
    late, slow = [], stretch()
    for job in jobs:
        assert eventually(partial(expired, rds, job["id"]))
        late.append(datetime.now(UTC) - datetime.fromisoformat(job["sqs_retention_deadline"]))
    assert max(late) < (_UPKEEP + timedelta(seconds=10)) * max(slow, stretch())


def test_a_locked_table_is_answered_in_time(api: Running, rds: MysqlServer) -> None:
    job = submitted(api).json()
    locking = pymysql.connect(unix_socket=f"{rds.folder}/s", user="root", autocommit=True)
    with locking, locking.cursor() as cursor:
        cursor.execute("LOCK TABLES ocr.jobs WRITE")
        with within(5), ThreadPoolExecutor(2) as clients:
            read = clients.submit(httpx.get, f"{api.url}/api/v1/jobs/{job['id']}", timeout=FOREVER)
            written = clients.submit(submitted, api)
            answers: list[Any] = [read.result(), written.result()]
        cursor.execute("UNLOCK TABLES")
    assert [answer.status_code for answer in answers] == [503, 503]
    with within(5):
        assert get(api.url, f"/jobs/{job['id']}")["id"] == job["id"]
