"""A copy that was made while the service ran is the service again, elsewhere."""

import io
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

import pictures
from aws_template import ROOT
from entrypoints.backends.parts import init
from entrypoints.cli.doctor_findings import findings
from entrypoints.cli.doctor_remedies import remedy
from entrypoints.settings import Settings
from full_load import work_off
from mysql_server import MysqlServer, create_schema, mysql_server
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, FindingKind, Job, JobStatus, OcrService, Upload

#: What the doctor says of this machine, not of the data.
_OF_THE_MACHINE = {FindingKind.WEAK_WALL, FindingKind.READABLE_DATA, FindingKind.UNVERIFIED_DATABASE}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with mysql_server(tmp_path_factory.mktemp("mysql")) as server:
        yield server


@pytest.fixture(params=["SQLite", "MariaDB"])
def databases(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return the URLs of a database and of an empty one; of SQLite none, as it is in the data folder."""
    if request.param == "SQLite":
        return "", ""
    server: MysqlServer = request.getfixturevalue("server")
    own = secrets.token_hex(4)
    return create_schema(server, f"ocr_old_{own}"), create_schema(server, f"ocr_new_{own}")


def _run(program: str, *arguments: Path, url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / "deploy" / program, *arguments],
        env=_environment(url),
        capture_output=True,
        text=True,
        check=False,
    )


def _environment(url: str) -> Mapping[str, str]:
    places = {"PATH": "/usr/bin:/bin:/usr/sbin"}
    return {**places, "OCR_DATABASE_URL": url} if url else places


def _made(settings: Settings) -> Settings:
    """Return the settings of a service whose tables are there: on a database server only ``init`` makes them."""
    if settings.database_url:
        init(settings)
    return settings


def _submit(service: OcrService, pages: int) -> Job:
    picture = pictures.png("ALPHA")
    return service.of(LOCAL_OWNER).submit([Upload(f"{number}.png", io.BytesIO(picture)) for number in range(pages)])


def test_a_copy_of_a_running_service_is_the_service_again(databases: tuple[str, str], tmp_path: Path) -> None:
    old, new = databases
    settings = _made(Settings(data_dir=tmp_path / "data", database_url=old))
    with service_of_nothing(settings) as service:
        done, deleted = _submit(service, 2), _submit(service, 1)
        work_off(service)
        waiting = _submit(service, 1)
        copied = _run("backup", tmp_path / "data", tmp_path / "copy", url=old)
        assert (copied.returncode, copied.stderr) == (0, ""), copied.stderr
        assert (tmp_path / "copy").stat().st_mode & 0o077 == 0
        service.of(LOCAL_OWNER).delete(deleted.id)
        _submit(service, 3)
    restored = _run("restore", tmp_path / "copy", tmp_path / "elsewhere", url=new)
    assert (restored.returncode, restored.stderr) == (0, "")
    again = replace(settings, data_dir=tmp_path / "elsewhere", database_url=new)
    assert [one for one in findings(again, lambda *_: None) if one.kind not in _OF_THE_MACHINE] == []
    with service_of_nothing(again) as service:
        jobs = service.of(LOCAL_OWNER)
        assert {job.id for job in jobs.list()} == {done.id, deleted.id, waiting.id}
        for item in jobs.items(done.id):
            assert jobs.item_image(item.id).read()
            assert jobs.item_result(item.id).read_layout().lines == ()
        work_off(service)
        assert jobs.get(waiting.id).counts.done == 1


def test_a_database_older_than_its_documents_agrees_with_them_after_the_steps_of_the_runbook(tmp_path: Path) -> None:
    """As docs/operating.md has them: a key that was revoked, jobs that were deleted, submitted and read meanwhile."""
    data, copy = tmp_path / "data", tmp_path / "copy"
    settings = Settings(data_dir=data)
    with service_of_nothing(settings) as service:
        deleted, read = _submit(service, 2), _submit(service, 1)
        work_off(service)
        waiting = _submit(service, 1)
        key = service.keys.create(owner=LOCAL_OWNER, name="lent").key
        assert _run("backup", data, copy, url="").returncode == 0
        service.of(LOCAL_OWNER).delete(deleted.id)
        service.keys.revoke(key.id)
        submitted = _submit(service, 1)
        work_off(service)
        service.upkeep_once()
        assert not (data / "documents/jobs" / str(deleted.id)).exists()
    for file in data.glob("ocr.sqlite3*"):
        file.rename(tmp_path / file.name)
    shutil.copyfile(copy / "ocr.sqlite3", data / "ocr.sqlite3")

    with service_of_nothing(settings) as service:
        (alive,) = [one for one in service.keys.list() if one.revoked_at is None]
        assert alive.id == key.id
    left = _left(settings, repair=True)
    assert {kind for kind, _ in left} == {FindingKind.MISSING_UPLOAD, FindingKind.MISSING_LAYOUT, FindingKind.STRAY_JOB}
    commands = {command for _, command in left if command}
    assert f"ocrcore jobs delete {deleted.id}" in commands
    (remove,) = [command for command in commands if command.startswith("rm ")]
    assert str(submitted.id) in remove
    subprocess.run(remove, shell=True, check=True)  # noqa: S602 - as the operator does who has checked it
    with service_of_nothing(settings) as service:
        service.of(LOCAL_OWNER).delete(deleted.id)
        work_off(service)
        assert {job.id: job.status for job in service.of(LOCAL_OWNER).list()} == {
            read.id: JobStatus.DONE,
            waiting.id: JobStatus.DONE,  # read again
        }
    assert _left(settings) == []


def _left(settings: Settings, *, repair: bool = False) -> list[tuple[FindingKind, str | None]]:
    """Return what the doctor finds in the data, and the command for each."""
    found = findings(settings, lambda *_: None, repair=repair)
    return [(one.kind, remedy(settings, one)) for one in found if one.kind not in _OF_THE_MACHINE and not one.repaired]


def test_nothing_is_written_over(databases: tuple[str, str], tmp_path: Path) -> None:
    url, _ = databases
    data, copy = tmp_path / "data", tmp_path / "copy"
    with service_of_nothing(_made(Settings(data_dir=data, database_url=url))) as service:
        _submit(service, 1)
    assert _run("backup", data, copy, url=url).returncode == 0
    before = sorted(path.name for path in copy.iterdir())
    for program, source, target, told in (
        ("backup", data, copy, "exists; name a new folder."),
        ("backup", tmp_path / "none", tmp_path / "other", "is no data folder of ocrcore."),
        ("restore", copy, data, "is not empty; move it away first."),
        ("restore", data / "documents", tmp_path / "other", "is no copy that deploy/backup made."),
    ):
        ended = _run(program, source, target, url=url)
        assert ended.returncode == 1
        assert ended.stderr.endswith(f"{told}\n")
        assert ended.stderr.count("\n") == 1
    if url:
        ended = _run("restore", copy, tmp_path / "other", url=url)
        assert ended.stderr == f"The schema {sa.make_url(url).database} is not empty.\n"
    assert not (tmp_path / "other").exists()
    assert sorted(path.name for path in copy.iterdir()) == before


def test_a_dump_that_fails_leaves_no_copy(server: MysqlServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "documents").mkdir(parents=True)
    url = server.url("ocr_old").replace(":secret@", ":wrong@")
    assert _run("backup", data, tmp_path / "copy", url=url).returncode != 0
    assert not (tmp_path / "copy").exists()


def test_the_password_is_no_argument(server: MysqlServer, tmp_path: Path) -> None:
    """Everybody on the machine can read arguments."""
    programs = tmp_path / "bin"
    programs.mkdir()
    spy = programs / "mariadb-dump"
    spy.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/seen\nexec /usr/bin/mariadb-dump "$@"\n')
    spy.chmod(0o755)
    data = tmp_path / "data"
    url = create_schema(server, "ocr_seen")
    with service_of_nothing(_made(Settings(data_dir=data, database_url=url))):
        pass
    environment = {**_environment(url), "PATH": f"{programs}:/usr/bin:/bin"}
    subprocess.run(
        [ROOT / "deploy/backup", data, tmp_path / "copy"], env=environment, check=True, capture_output=True, text=True
    )
    assert "secret" not in (tmp_path / "seen").read_text()
