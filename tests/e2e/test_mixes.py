"""Two machines that share a database server, and documents in a folder or in an S3: no SQS, no DynamoDB.

Their settings are those of docs/deploy-shelf.md, with the addresses of this machine, and so are their accounts.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

import pictures
from certificates import Authority, authority
from chaos.views import Bucket, Folder, Objects
from documented import ROOT, shelf_settings
from e2e.house import House, Running, finished, get, submit, texts
from integration.aws.database_rights import PASSWORD, statements_of_the_file
from moto_server import clients_of, moto_server
from mysql_server import MysqlServer, create_schema, mysql_server
from ocrcore.testing.patience import FOREVER, eventually

WORDS = ("ALPHA", "BRAVO", "CHARLIE", "DELTA")
_AWS = ("AWS_ENDPOINT_URL", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


def settings_of(heading: str, **here: str) -> dict[str, str]:
    """Return the settings that the document shows under a heading, those that are given with their values here."""
    shown = shelf_settings(heading)
    assert here.keys() <= shown.keys()
    return shown | here


@dataclass
class Mix:
    """What two machines share."""

    house: House
    server: MysqlServer
    settings: dict[str, str]
    objects: Objects
    folder: Path
    endpoint: str = ""
    machines: list[Path] = field(default_factory=list)

    def machine(self) -> tuple[Running, Running]:
        """Start an API and a worker with a data folder of their own."""
        own = self.of_own()
        api = self.house.serve("--slots", "0", **own)
        own["OCR_DATABASE_URL"] = own["OCR_DATABASE_URL"].replace("ocr_api", "ocr_worker")
        return api, self.house.start("worker", "--slots", "1", **own)

    def init(self) -> str:
        """Set it up as the document says; return what ``init`` says."""
        made = self.house.run("init", **self.of_own() | {"OCR_DATABASE_URL": self.server.url("ocr_mix")})
        assert made.returncode == 0, made.stderr
        for file in ("rights.sql", "rights-without-sqs.sql"):
            self.server.execute(*statements_of_the_file("ocr_mix", file))
        return made.stdout

    def of_own(self) -> dict[str, str]:
        folder = self.house.root / f"machine-{len(self.machines)}"
        self.machines.append(folder)
        return self.settings | {"OCR_DATA_DIR": str(folder)}

    def run(self, *arguments: str) -> Any:  # noqa: ANN401 - a completed process
        return self.house.run(*arguments, **self.of_own())


@pytest.fixture(scope="module")
def database_ca(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, database_ca: Authority) -> Iterator[MysqlServer]:
    own = database_ca.certify("127.0.0.1")
    options = (f"--ssl-cert={own}", f"--ssl-key={own.with_suffix('.key')}", "--tls-version=TLSv1.2,TLSv1.3")
    with mysql_server(tmp_path_factory.mktemp("mysql"), *options, "--require-secure-transport=ON") as server:
        yield server


@pytest.fixture(params=["folder", "s3"])
def mix(request: pytest.FixtureRequest, house: House, server: MysqlServer, database_ca: Authority) -> Iterator[Mix]:
    for name in _AWS:  # of the shell that runs the tests
        request.getfixturevalue("monkeypatch").delenv(name, raising=False)
    create_schema(server, "ocr_mix")
    url = server.url("ocr_mix").replace("ocr:secret", f"ocr_api:{PASSWORD}")
    share, database = house.root / "share", {"OCR_DATABASE_URL": url, "OCR_DATABASE_CA": str(database_ca.path)}
    if request.param == "folder":
        settings = settings_of("MySQL and a shared folder", **database, OCR_DOCUMENTS_DIR=str(share))
        yield Mix(house, server, settings, Folder(share), share)
    else:
        with moto_server() as endpoint, clients_of(endpoint) as clients:
            settings = settings_of("MySQL and an S3", **database, AWS_ENDPOINT_URL=endpoint)
            yield Mix(house, server, settings, Bucket(clients, "scans"), share, endpoint)
    house.kill()
    server.execute("DROP DATABASE ocr_mix")


def test_two_machines_share_jobs_uploads_and_pages_and_need_nothing_else(mix: Mix) -> None:
    assert ("bucket scans" if mix.endpoint else str(mix.folder)) in mix.init()
    (api, worker), (other_api, other_worker) = mix.machine(), mix.machine()
    for service in (api, other_api):
        assert httpx.get(f"{service.url}/health/ready", timeout=FOREVER).status_code == 200
    job = finished(other_api.url, submit(api.url, *WORDS)["id"])
    assert (job["status"], texts(other_api.url, job["id"])) == ("DONE", list(WORDS))
    assert {worker["kind"] for worker in get(api.url, "/stats")["workers"]} == {"worker"}
    assert eventually(lambda: _actions(other_api, job["id"]).count("item.recognised") == len(WORDS))

    draft = _draft(api.url, pictures.png("ECHO"))
    _upload(other_api.url, draft["uploads"][0], pictures.png("ECHO"))
    httpx.post(f"{other_api.url}/api/v1/jobs/{draft['job']['id']}/submit", timeout=FOREVER).raise_for_status()
    assert finished(api.url, draft["job"]["id"])["status"] == "DONE"
    assert texts(api.url, draft["job"]["id"]) == ["ECHO"]

    httpx.delete(f"{other_api.url}/api/v1/jobs/{job['id']}", timeout=FOREVER).raise_for_status()
    assert eventually(lambda: not mix.objects.any_of(job["id"]))
    for process in (worker, other_worker, api, other_api):
        process.stop()
        assert "Traceback" not in process.log.read_text()
    checked = mix.run("doctor")
    assert checked.returncode == 0, checked.stdout
    assert mix.house.left == []
    assert [machine for machine in mix.machines if machine.exists()] == []


@pytest.mark.parametrize("mix", ["s3"], indirect=True)
def test_containers_of_the_compose_file_read_a_page_and_the_s3_is_all_that_is_asked(mix: Mix) -> None:
    """With exactly their variables, and the addresses of this machine."""
    of = containers(
        OCR_DATABASE_URL=mix.server.url("ocr_mix"),
        OCR_S3_BUCKET="scans",
        AWS_ACCESS_KEY_ID="nobody",
        AWS_SECRET_ACCESS_KEY="nothing",  # noqa: S106 - opens nothing
        AWS_ENDPOINT_URL=mix.endpoint,
    )
    made = mix.house.run("init", **of["init"])
    assert "bucket scans" in made.stdout, made.stderr
    api, worker = mix.house.serve(**of["api"]), mix.house.start("worker", **of["worker"])
    key = mix.house.run("keys", "create", "ana", **of["api"]).stdout.strip()
    read = httpx.post(
        f"{api.url}/api/v1/ocr",
        params={"wait": "60s"},
        headers={"Authorization": f"Bearer {key}"},
        files={"files": ("a.png", pictures.png("ALPHA"))},
        timeout=FOREVER,
    )
    assert (read.status_code, read.text.strip()) == (200, "ALPHA")
    worker.stop()
    api.stop()
    with clients_of(mix.endpoint) as clients:
        assert clients.sqs.list_queues().get("QueueUrls", []) == []
        assert clients.dynamodb.list_tables()["TableNames"] == []
        assert [bucket["Name"] for bucket in clients.s3.list_buckets()["Buckets"]] == ["scans"]


def containers(**here: str) -> dict[str, dict[str, str]]:
    """Return the variables of each container of the compose file, those that are given with their values here."""
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    example = (ROOT / "deploy/compose.env.example").read_text()
    file = dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", example, re.MULTILINE))
    assert here.keys() <= file.keys()
    return {name: {**file, **here, **services[name]["environment"]} for name in ("init", "api", "worker")}


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("worker", "--slots", "1")])
def test_nothing_starts_before_init_and_one_line_says_so(mix: Mix, command: tuple[str, ...]) -> None:
    mix.settings["OCR_DATABASE_URL"] = mix.server.url("ocr_mix")
    refused = mix.run(*command)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert "ocrcore init" in refused.stderr
    assert not mix.folder.exists()


@pytest.mark.parametrize("mix", ["folder"], indirect=True)
def test_a_folder_that_is_not_mounted_is_never_taken_for_an_empty_one(mix: Mix) -> None:
    mix.init()
    mix.folder.rename(mix.folder.with_name("away"))
    mix.folder.mkdir()
    refused = mix.run("worker", "--slots", "1")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
    assert str(mix.folder) in refused.stderr
    assert list(mix.folder.iterdir()) == []


def test_the_doctor_knows_where_documents_are(mix: Mix) -> None:
    mix.init()
    api, worker = mix.machine()
    job = finished(api.url, submit(api.url, "ALPHA")["id"])
    (item,) = get(api.url, f"/jobs/{job['id']}/items")["items"]
    worker.stop()
    api.stop()
    _lose(mix, item["s3_key"])
    checked = mix.run("doctor")
    assert (checked.returncode, "Traceback" in checked.stderr) == (1, False)
    assert f"missing-upload job {job['id']}" in checked.stdout


def _lose(mix: Mix, key: str) -> None:
    if not mix.endpoint:
        (mix.folder / key).unlink()
        return
    with clients_of(mix.endpoint) as clients:
        clients.s3.delete_object(Bucket="scans", Key=key)


def _actions(service: Running, job_id: str) -> list[str]:
    entries = get(service.url, f"/jobs/{job_id}/timeline")
    return [entry["action"] for entry in entries["entries"]]


def _draft(url: str, content: bytes) -> dict[str, Any]:
    wanted = {"uploads": [{"filename": "a.png", "size": len(content), "content_type": "image/png"}]}
    answer = httpx.post(f"{url}/api/v1/jobs", json=wanted, timeout=FOREVER)
    assert answer.status_code == 201, answer.text
    draft: dict[str, Any] = answer.json()
    return draft


def _upload(url: str, address: dict[str, Any], content: bytes) -> None:
    """Send a file where the address says, of a service at another machine if it is one of the service."""
    if address["method"] == "POST":
        sent = httpx.post(address["url"], data=address["fields"], files={"file": content}, timeout=FOREVER)
    else:
        place = re.sub(r"^http://[^/]+", url, address["url"])
        sent = httpx.put(place, content=content, timeout=FOREVER)
    assert sent.is_success, sent.text
