"""The document about a shelf, followed block by block: two bare Debians, a database with TLS, a shared folder.

One machine answers HTTP, the other reads. The database is this machine's MariaDB, with what the document writes for it;
a folder of this machine stands for the one that is mounted, and what the units start for systemd.
"""

import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

import pictures
from documented import settings_in, shelf_blocks
from machines.clean_debian import CleanDebian, clean_debian
from machines.units import PATH, free_port, started_unit, wait_for
from mysql_server import MysqlServer, mysql_server
from needed import needed
from ocrcore.testing.patience import FOREVER, eventually
from pdf_readers import pdfium

_SHARED = "/var/lib/ocrcore/shared"
_NUMBER = 990
_DATABASE, _FOLDER = "The database", "MySQL and a shared folder"


@dataclass(frozen=True, slots=True)
class Shelf:
    """The machines beside the two: where the database is, and the folder that everybody mounts."""

    release: Path
    server: MysqlServer
    #: What stands for ``/etc/mysql`` there.
    etc: Path
    shared: Path

    def on_the_database(self, block: str) -> None:
        """Run a block on the server of the database, where the release is in the working folder."""
        socket = f"{self.server.folder}/s"
        _bash(f'mysql() {{ mariadb --no-defaults --socket={socket} -u root "$@"; }}\n{block}', self.etc.parent)

    def on(self, debian: CleanDebian, block: str) -> str:
        """Run a block on a machine."""
        here = block.replace("@db.example.org/", f"@db.example.org:{self.server.port}/")
        return debian.run("bash", "-euo", "pipefail", "-c", f"cd /root\n{here}", environment={"PATH": PATH})


def _bash(script: str, folder: Path) -> None:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def _typed(block: str) -> str:
    """Return a block without its comments: each names the other choice."""
    return re.sub(r" +# .*$", "", block, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def shelf(release: tuple[Path, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shelf]:
    for program, package in (("mariadb", "mariadb-client"), ("openssl", "openssl")):
        needed(program, package)
    desk, shared = tmp_path_factory.mktemp("database"), tmp_path_factory.mktemp("shared")
    os.chown(shared, _NUMBER, _NUMBER)
    etc = desk / "mysql"
    (etc / "mariadb.conf.d").mkdir(parents=True)
    _bash(f"tar -xzf {release[0]} ./deploy/mysql", desk)
    certificate, _ = map(_typed, shelf_blocks(_DATABASE))
    _bash(
        f"apt-get() {{ :; }}\nsystemctl() {{ :; }}\nchown() {{ :; }}\n{certificate.replace('/etc/mysql/', f'{etc}/')}",
        desk,
    )
    written = dict(re.findall(r"^([a-z-]+) = (.*)$", (etc / "mariadb.conf.d/60-ocr.cnf").read_text(), re.MULTILINE))
    assert written.pop("bind-address") == "*"
    options = [f"--{name}={value}" for name, value in written.items()]
    with mysql_server(tmp_path_factory.mktemp("mysql"), *options) as server:
        yield Shelf(release[0], server, etc, shared)


def _installed(shelf: Shelf, debian: CleanDebian, role: str, **besides: str) -> None:
    """Do what the document says of every machine, up to its settings."""
    user, install, certificate, settings = map(_typed, shelf_blocks(_FOLDER)[:4])
    debian.has_no_systemd()
    debian.write("/etc/hosts", "127.0.0.1 localhost db.example.org\n")
    debian.write("/usr/local/sbin/mount", '#!/bin/sh\necho "mount $@" >>/asked\n', 0o755)
    archive = debian.root / "root" / shelf.release.name
    archive.write_bytes(shelf.release.read_bytes())
    shelf.on(debian, user)
    assert debian.asked == f"mount {_SHARED}\n"
    assert f" {_SHARED} " in (debian.root / "etc/fstab").read_text()
    shelf.on(debian, install.replace("deploy/install serve", f"deploy/install {role}"))
    archive.unlink()
    debian.write("/etc/ocrcore/database.pem", (shelf.etc / "ocr.pem").read_text(), 0o600)
    shelf.on(debian, certificate)
    lines = {**settings_in(settings), **besides}
    assert lines["OCR_DOCUMENTS_DIR"].startswith(f"{_SHARED}/")
    url = lines["OCR_DATABASE_URL"].replace("@db.example.org/", f"@db.example.org:{shelf.server.port}/")
    lines["OCR_DATABASE_URL"] = url if role == "serve" else url.replace("ocr_api", "ocr_worker")
    with (debian.root / "etc/ocrcore/ocrcore.env").open("a") as file:
        file.writelines(f"{name}={value}\n" for name, value in lines.items())


def _scanned_pdf() -> bytes:
    """Return a PDF of one page, which is a picture and has no text."""
    return pictures.save(pictures.draw("ALPHA"), "PDF")


def test_two_machines_that_follow_the_document_make_a_pdf_searchable(shelf: Shelf, tmp_path: Path) -> None:
    _, before = map(_typed, shelf_blocks(_DATABASE))
    *_, init, rights, enable, copy = map(_typed, shelf_blocks(_FOLDER))
    scan = _scanned_pdf()
    assert "ALPHA" not in pdfium(scan)
    shelf.on_the_database(before)
    with ExitStack() as machines:
        api, reader = (
            machines.enter_context(clean_debian(_made(tmp_path / name), {_SHARED: shelf.shared}))
            for name in ("api", "reader")
        )
        _installed(shelf, api, "serve", OCR_SLOTS="0")
        _installed(shelf, reader, "worker")
        assert f"{_SHARED}/documents" in shelf.on(api, init)
        shelf.on_the_database(rights)
        port = free_port()
        for debian, role in ((api, "serve"), (reader, "worker")):
            shelf.on(debian, enable.replace("ocrcore-serve", f"ocrcore-{role}"))
            assert debian.asked.endswith(f"systemctl enable --now ocrcore-{role}\n")
        serving = machines.enter_context(started_unit(api, "ocrcore-serve.service", port, {}))
        wait_for(f"http://127.0.0.1:{port}/health/ready", serving)
        machines.enter_context(started_unit(reader, "ocrcore-worker.service", port, {}))
        with httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=FOREVER) as client:
            job = _finished(client, client.post("/jobs", files={"files": ("scan.pdf", scan)}).json())
            assert (job["status"], [one["kind"] for one in client.get("/stats").json()["workers"]]) == (
                "DONE",
                ["worker"],
            )
            assert "ALPHA" in pdfium(client.get(f"/jobs/{job['id']}/result", params={"format": "pdf"}).content)
        assert list(shelf.shared.glob("documents/**/*.pdf"))
        shelf.on(api, copy)
        assert "systemctl enable --now ocrcore-backup.timer\nsystemctl start ocrcore-backup\n" in api.asked
        with started_unit(api, "ocrcore-backup.service", port, {}) as copying:
            assert copying.wait(FOREVER) == 0
        (made,) = (api.root / "var/lib/ocrcore/backups").iterdir()
        assert {one.name for one in made.iterdir()} >= {"ocr.sql", "documents"}
        assert list(made.glob("documents/**/*.pdf"))
        assert shelf.on(api, "ocrcore doctor").endswith("Nothing disagrees.\n")  # the database is verified, for one


def _finished(client: httpx.Client, job: Mapping[str, str]) -> Mapping[str, str]:
    def done() -> Mapping[str, str] | None:
        now: Mapping[str, str] = client.get(f"/jobs/{job['id']}", params={"wait": "10s"}).json()
        return now if now["status"] not in {"PENDING", "PROCESSING"} else None

    found: Mapping[str, str] | None = eventually(done)
    assert found
    return found


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
