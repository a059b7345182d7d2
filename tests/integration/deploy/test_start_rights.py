"""What machines may call while they start is what their script calls: nothing is missing, and nothing is too much.

The script of each role runs as CloudFormation fills it in, in a folder of its own: no package is installed, no unit is
started. AWS is moto; the database is a real one, which asks for TLS.
"""

import json
import os
import subprocess
import sys
import tarfile
from ast import literal_eval
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest

from answering import Reply, answering
from aws_stack import Stack, client_of, machine_script, make_stack
from aws_template import ROOT
from certificates import authority
from integration.aws.iam import Grant, Right, grants_of
from integration.deploy.recorded_calls import RecordedCalls
from moto_server import moto_server
from mysql_server import create_schema, mysql_server

#: Role of a machine -> its role in IAM.
_ROLES: Final = {"setup": "SetupRole", "operator": "OperatorRole", "serve": "ApiRole", "worker": "WorkerRole"}
_GROUPS: Final = {"ApiGroupName": "ocr-test-Api-1", "WorkerGroupName": "ocr-test-Workers-1"}
_BUCKET: Final = "artefacts"
#: What a machine would do to itself, which is not done here. ``started.py`` asks systemctl whether the unit runs.
_HARMLESS: Final = ("apt-get", "shutdown", "systemctl", "sleep")
_DONE: Final = b"<Response><CompleteLifecycleActionResult/></Response>"


@dataclass(frozen=True)
class Site:
    """AWS and a database, as machines see them, and folders in the place of theirs."""

    stack: Stack
    folder: Path
    calls: RecordedCalls
    environment: Mapping[str, str]
    database_port: int

    def start(self, role: str) -> set[Right]:
        """Let the script of a role run to its end; return what it called."""
        script = machine_script(self.stack, role)
        for word, here in {
            f"HOST={self.stack.outputs['DatabaseAddress']}": f"HOST=127.0.0.1:{self.database_port}",
            "/opt/ocrcore/venv/bin/python": sys.executable,
            "/opt/ocrcore": f"{self.folder}/opt",
            "/etc/ocrcore": f"{self.folder}/etc",
        }.items():
            assert word in script
            script = script.replace(word, here)
        ended = subprocess.run(
            ["bash", "-s"], input=script, env=self.environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return self.calls.rights()


def _release(folder: Path) -> Path:
    """Return a release as machines unpack it, whose installer installs nothing."""
    path = folder / "release.tar.gz"
    with tarfile.open(path, "w:gz") as release:
        release.add(ROOT / "deploy", "deploy", filter=lambda one: None if one.name == "deploy/install" else one)
        release.add(_program(folder, "install"), "deploy/install")
    return path


def _program(folder: Path, name: str, script: str = "") -> Path:
    path = folder / name
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("machine")
    programs = tmp_path_factory.mktemp("programs")
    for name in _HARMLESS:
        _program(programs, name)
    (programs / "python3").symlink_to(sys.executable)
    answer = _program(folder, "ocrcore", "echo fine")
    release = _release(tmp_path_factory.mktemp("release"))
    ca = authority(tmp_path_factory.mktemp("tls"))
    certificate = ca.certify("127.0.0.1")
    options = (f"--ssl-cert={certificate}", f"--ssl-key={certificate.with_suffix('.key')}")
    calls = RecordedCalls(folder / "recorded")
    with (
        moto_server() as endpoint,
        mysql_server(tmp_path_factory.mktemp("mysql"), *options, "--require-secure-transport=ON") as server,
        answering(lambda _: Reply(200, b"i-1")) as metadata,
        answering(lambda _: Reply(200, _DONE)) as group,
    ):
        create_schema(server, "ocr")
        server.execute(
            "CREATE USER administrator@'%' IDENTIFIED BY 'nothing'",
            "GRANT ALL ON *.* TO administrator@'%' WITH GRANT OPTION",
        )
        s3 = client_of(endpoint, "s3")
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.upload_file(str(release), _BUCKET, release.name)
        stack = make_stack(
            endpoint,
            ArtefactBucket=_BUCKET,
            ReleaseKey=release.name,
            ReleaseSha256=sha256(release.read_bytes()).hexdigest(),
            DatabaseCaUrl=ca.path.as_uri(),
            **_GROUPS,
        )
        environment = {
            "PATH": f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(calls.folder),
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_AUTO_SCALING": f"http://127.0.0.1:{group}",
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "OCRCORE_METADATA": f"http://127.0.0.1:{metadata}",
            "OCRCORE_SECRET_FILE": f"{folder}/etc/secret.env",
            "OCRCORE_SETTINGS": f"{folder}/etc/ocrcore.env:{folder}/etc/secret.env",
            # Of an operator, as `ocrcore-aws` sets them before the script.
            "OCRCORE_COMMAND": '["doctor"]',
            "OCRCORE_ANSWER": f"{_BUCKET}/answers/ocr-test/1.json",
            "OCRCORE_PROGRAM": str(answer),
        }
        yield Site(stack, folder, calls, environment, server.port)


@pytest.fixture(scope="module")
def called(site: Site) -> Mapping[str, set[Right]]:
    """Start a machine of each role, the set-up first, which runs once more at each upgrade; return what each called."""
    first = {role: site.start(role) for role in _ROLES}
    assert site.start("setup") < first["setup"]  # all but the first key, which is there
    return first


def _grants(made: Stack, role: str) -> Mapping[str, list[Grant]]:
    """Return what the policies of a role grant, by their names, as CloudFormation made them."""
    iam = made.client("iam")
    (name,) = (one["RoleName"] for one in iam.list_roles()["Roles"] if _ROLES[role] in one["RoleName"])
    found = {}
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        text = json.dumps(literal_eval(document) if isinstance(document, str) else document)  # moto gives its text
        text = text.replace(":eu-central-1:123456789012:", ":REGION:ACCOUNT:")
        found[policy] = grants_of(json.loads(text))
    return found


@pytest.mark.parametrize("role", _ROLES)
def test_a_machine_may_call_what_its_script_calls(site: Site, called: Mapping[str, set[Right]], role: str) -> None:
    granted = [grant for policy in _grants(site.stack, role).values() for grant in policy]
    assert called[role]
    assert [str(right) for right in called[role] if not any(grant.allows(right) for grant in granted)] == []


@pytest.mark.parametrize("role", _ROLES)
def test_a_machine_may_call_nothing_else_to_start(site: Site, called: Mapping[str, set[Right]], role: str) -> None:
    unused = [
        grant for grant in _grants(site.stack, role)["start"] if not any(grant.allows(right) for right in called[role])
    ]
    assert unused == []
