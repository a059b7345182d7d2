"""The script of the template, run in clean Debians: the set-up, an API and a worker, until they read a page.

AWS is moto, the database is MariaDB, which asks for TLS as the template's does. systemd does not run in a root of its
own, so the test starts what the units start, as their user, with their environment.
"""

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import pictures
from aws_stack import client_of, machine_script, make_stack
from aws_template import ROOT
from certificates import authority
from machines.clean_debian import CleanDebian, clean_debian
from machines.units import PATH, free_port, started_unit, wait_for
from moto_server import moto_server
from mysql_server import create_schema, mysql_server
from ocrcore.testing.patience import FOREVER
from pdf_readers import pdfium

#: Debian's boto3 is older than this variable, which stands for the address of AWS.
_SITE = """
import os
try:
    from botocore.session import Session
except ImportError:
    pass
else:
    _create = Session.create_client
    def create_client(self, name, *arguments, **options):
        options["endpoint_url"] = os.environ["AWS_ENDPOINT_URL"]
        return _create(self, name, *arguments, **options)
    Session.create_client = create_client
"""
_BUCKET = "artefacts"


@dataclass(frozen=True, slots=True)
class Site:
    """AWS, as machines see it."""

    endpoint: str
    scripts: Mapping[str, str]
    first_key: str
    database_host: str
    ca: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What stands for the role of a machine."""
        return {"AWS_ENDPOINT_URL": self.endpoint, "AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, release: tuple[Path, str]) -> Iterator[Site]:
    path, digest = release
    folder = tmp_path_factory.mktemp("tls")
    with moto_server() as endpoint:
        s3 = client_of(endpoint, "s3")
        s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        s3.upload_file(str(path), _BUCKET, path.name)
        stack = make_stack(
            endpoint,
            ArtefactBucket=_BUCKET,
            ReleaseKey=path.name,
            ReleaseSha256=digest,
            DatabaseCaUrl="file:///authority.pem",
        )
        host = stack.outputs["DatabaseAddress"]
        ca = authority(folder)
        certificate = ca.certify("database", host)  # whose first name may not be so long
        options = (f"--ssl-cert={certificate}", f"--ssl-key={certificate.with_suffix('.key')}")
        with mysql_server(
            tmp_path_factory.mktemp("mysql"), *options, "--tls-version=TLSv1.2,TLSv1.3", "--require-secure-transport=ON"
        ) as server:
            create_schema(server, "ocr")
            server.execute(
                "CREATE USER administrator@'%' IDENTIFIED BY 'nothing'",
                "GRANT ALL ON *.* TO administrator@'%' WITH GRANT OPTION",
            )
            scripts = {
                role: machine_script(stack, role).replace(f"HOST={host}", f"HOST={host}:{server.port}")
                for role in ("setup", "serve", "worker", "operator")
            }
            yield Site(endpoint, scripts, stack.outputs["FirstKeySecret"], host, ca.path)


@contextmanager
def _machine(site: Site, folder: Path) -> Iterator[CleanDebian]:
    """Yield a Debian that knows where AWS and the database are, and nothing else."""
    with clean_debian(folder) as debian:
        debian.write("/authority.pem", site.ca.read_text())
        debian.write("/usr/lib/python3/dist-packages/address_of_aws.py", _SITE)
        debian.write("/usr/lib/python3/dist-packages/address_of_aws.pth", "import address_of_aws\n")
        debian.write("/etc/hosts", f"127.0.0.1 localhost {site.database_host}\n")
        debian.has_no_systemd()
        yield debian


def _start(site: Site, debian: CleanDebian, role: str) -> None:
    """Let the script of a role run to its end."""
    debian.run("bash", "-s", environment={**site.environment, "PATH": PATH}, stdin=site.scripts[role])


@pytest.fixture(scope="module")
def key(site: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Let the set-up run twice, as an upgrade does, and return the first key."""
    keys = []
    with _machine(site, tmp_path_factory.mktemp("setup")) as debian:
        for _ in range(2):
            _start(site, debian, "setup")
            secret = client_of(site.endpoint, "secretsmanager").get_secret_value(SecretId=site.first_key)
            keys.append(secret["SecretString"])
        assert debian.asked == "shutdown -h now\n" * 2
        s3, answer = client_of(site.endpoint, "s3"), "answers/ocr-test/1.json"
        debian.run(
            *("bash", "-s"),
            environment={
                **site.environment,
                "PATH": PATH,
                "OCRCORE_COMMAND": '["doctor"]',
                "OCRCORE_ANSWER": f"{_BUCKET}/{answer}",
            },
            stdin=site.scripts["operator"],
        )
        assert json.loads(s3.get_object(Bucket=_BUCKET, Key=answer)["Body"].read())["status"] == 0
        assert debian.asked == "shutdown -h now\n" * 3
    assert keys[0] == keys[1]
    return str(keys[0])


def test_machines_of_the_template_read_a_page(site: Site, key: str, tmp_path: Path) -> None:
    port = free_port()
    with _machine(site, tmp_path) as debian, ExitStack() as started:
        # One Debian is both, one after the other: the second script gives it the account of its own role.
        address = f"http://127.0.0.1:{port}"
        for role, enabled in (("serve", ""), ("worker", " ocrcore-drain.service")):
            _start(site, debian, role)
            units = f"ocrcore-console.service ocrcore-{role}.service{enabled}"
            assert debian.asked.endswith(
                f"systemctl enable --now --no-block {units}\nsystemctl is-active --quiet ocrcore-{role}.service\n"
            )
            settings = (debian.root / "etc/ocrcore/ocrcore.env").read_text()
            assert "\nOCRCORE_HOST=0.0.0.0\n" in settings  # behind the load balancer; here it is loopback
            listed = debian.run("ocrcore", "keys", "list", environment={**site.environment, "PATH": PATH})
            assert "first" in listed
            process = started.enter_context(started_unit(debian, f"ocrcore-{role}.service", port, site.environment))
            if role == "serve":
                wait_for(f"{address}/health/ready", process)
        headers = {"Authorization": f"Bearer {key}", "Host": "ocr.example.org"}
        assert httpx.get(f"{address}/api/v1/jobs", headers={"Host": "ocr.example.org"}).status_code == 401
        with httpx.Client(base_url=address, headers=headers, timeout=90) as client:
            job = client.post("/api/v1/jobs", files={"files": ("a.png", pictures.png("ALPHA"))})
            assert job.status_code == 202, job.text
            end = time.monotonic() + FOREVER
            status = job.json()["status"]
            while status in {"PENDING", "PROCESSING"} and time.monotonic() < end:
                status = client.get(f"/api/v1/jobs/{job.json()['id']}", params={"wait": "10s"}).json()["status"]
            assert status == "DONE"
            assert "ALPHA" in client.get(f"/api/v1/jobs/{job.json()['id']}/result").text
        _ask_for_a_pdf(address, key, tmp_path)


def _ask_for_a_pdf(address: str, key: str, folder: Path) -> None:
    """Send the request that the page ends with, to this machine."""
    page = (ROOT / "docs/deploy-aws.md").read_text()
    (command,) = re.findall(r"^curl --fail-with-body .*?\"$", page, re.DOTALL | re.MULTILINE)
    here = command.replace("https://$NAME", address).replace("curl ", 'curl --header "Host: ocr.example.org" ')
    (folder / "docs").mkdir()
    (folder / "docs/sample.pdf").write_bytes((ROOT / "docs/sample.pdf").read_bytes())
    subprocess.run(["bash", "-euc", here], cwd=folder, env={**os.environ, "KEY": key}, check=True)
    assert "harbour" in pdfium((folder / "searchable.pdf").read_bytes()).lower()
