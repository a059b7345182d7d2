"""A copy that was made while the service ran is the service again, elsewhere."""

import io
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import pictures
from adapters.sql.dialects import Instant
from adapters.sql.tables import METADATA
from aws_template import ROOT
from certificates import Authority
from certificates import authority as authority_in
from entrypoints.backends.parts import init
from entrypoints.cli.doctor_findings import findings
from entrypoints.cli.doctor_remedies import remedy
from entrypoints.settings import Settings
from full_load import work_off
from integration.aws.database_rights import PASSWORD, statements_of_the_file
from mysql_server import MysqlServer, create_schema, mysql_server
from nothing import service_of_nothing
from ocrcore import LOCAL_OWNER, AnnouncedFile, FindingKind, Job, JobStatus, OcrService, Upload
from proc_of_a_unit import under_proc_of
from system_calls import counted, counting, refused, strace

_NO_STORE = "is no store of documents; mount it, or set OCR_DOCUMENTS_DIR as the service has it."
#: What the doctor says of this machine, not of the data.
_OF_THE_MACHINE = {FindingKind.WEAK_WALL, FindingKind.READABLE_DATA, FindingKind.UNVERIFIED_DATABASE}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority_in(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authority: Authority) -> Iterator[MysqlServer]:
    """Yield a server that can prove that it is ``localhost``."""
    certificate = authority.certify("localhost")
    options = (f"--ssl-cert={certificate}", f"--ssl-key={certificate.with_suffix('.key')}")
    with mysql_server(tmp_path_factory.mktemp("mysql"), *options) as server:
        yield server


@pytest.fixture(params=["SQLite", "MariaDB"])
def databases(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Return the URLs of a database and of an empty one; of SQLite none, as it is in the data folder."""
    if request.param == "SQLite":
        return "", ""
    server: MysqlServer = request.getfixturevalue("server")
    own = secrets.token_hex(4)
    return create_schema(server, f"ocr_old_{own}"), create_schema(server, f"ocr_new_{own}")


def _run(
    program: str, *arguments: Path | str, url: str = "", under: Sequence[str] = (), **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run a program with these settings, and that of the database; ``under`` is what the command begins with."""
    return subprocess.run(
        [*under, ROOT / "deploy" / program, *arguments],
        env={"PATH": "/usr/bin:/bin:/usr/sbin", "OCR_DATABASE_URL": url, **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def _files(folder: Path) -> dict[str, bytes]:
    """Return the files below a folder, links to files left out."""
    found = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


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
        ("backup", tmp_path / "none", tmp_path / "other", _NO_STORE if url else "is no data folder of ocrcore."),
        ("restore", copy, data, "is not empty; move it away first."),
        ("restore", data / "documents", tmp_path / "other", "is no copy that deploy/backup made."),
    ):
        ended = _run(program, source, target, url=url)
        assert ended.returncode == 1
        assert ended.stderr.endswith(f"{told}\n")
        assert ended.stderr.count("\n") == 1
    if url:
        ended = _run("restore", copy, tmp_path / "other", url=url)
        schema = sa.make_url(url).database
        assert ended.stderr == (
            f"The schema {schema} is not empty; set its tables aside first (deploy/mysql/set-aside.sql).\n"
        )
    assert not (tmp_path / "other").exists()
    assert sorted(path.name for path in copy.iterdir()) == before


def test_a_dump_that_fails_leaves_no_copy(server: MysqlServer, tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "documents/.incoming").mkdir(parents=True)
    url = server.url("ocr_old").replace(":secret@", ":wrong@")
    failed = _run("backup", data, tmp_path / "copy", url=url)
    assert failed.returncode == 1
    assert failed.stderr.endswith("\nmariadb-dump failed.\n")
    assert list(tmp_path.iterdir()) == [data]


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
    assert _run("backup", data, tmp_path / "copy", url=url, PATH=f"{programs}:/usr/bin:/bin").returncode == 0
    assert "secret" not in (tmp_path / "seen").read_text()


def test_the_unit_lets_every_system_call_of_a_backup_through(databases: tuple[str, str], tmp_path: Path) -> None:
    url, _ = databases
    with service_of_nothing(_made(Settings(data_dir=tmp_path / "data", database_url=url))) as service:
        _submit(service, 1)
    counting_calls = counting(tmp_path / "calls")
    copied = _run("backup", "--nightly", tmp_path / "data", tmp_path / "copies", url=url, under=counting_calls)
    assert copied.returncode == 0, copied.stderr
    made = counted(tmp_path / "calls")
    assert {"execve", "copy_file_range"} <= made
    assert refused(ROOT / "deploy/systemd/ocrcore-backup.service", made) == set()


def test_a_copy_needs_no_more_of_proc_than_the_unit_shows(databases: tuple[str, str], tmp_path: Path) -> None:
    url, _ = databases
    with service_of_nothing(_made(Settings(data_dir=tmp_path / "data", database_url=url))) as service:
        _submit(service, 1)
    seen = under_proc_of(ROOT / "deploy/systemd/ocrcore-backup.service")
    copied = _run("backup", "--nightly", tmp_path / "data", tmp_path / "copies", url=url, under=seen)
    assert (copied.returncode, copied.stderr) == (0, "")


def test_documents_that_go_meanwhile_are_left_out_and_nothing_else(tmp_path: Path) -> None:
    """The kernel says of one path that it is not there, or that it cannot be read."""
    data = tmp_path / "data"
    with service_of_nothing(Settings(data_dir=data)) as service:
        jobs = [_submit(service, 2) for _ in range(2)]
    (gone, *_), folder = sorted((data / "documents/jobs" / str(jobs[0].id)).iterdir()), str(jobs[1].id)
    (data / "documents/.incoming/half").write_text("not written yet")

    def failing(path: Path, error: str) -> list[str]:
        faults = ["-e", "trace=openat", "-e", f"inject=openat:error={error}"]
        return [strace(), "-f", "-o", str(tmp_path / "calls"), "-P", str(path), *faults]

    whole = {name.removeprefix("documents/") for name in _files(data) if name.startswith("documents/jobs/")}
    for number, path in enumerate((gone, gone.parent.with_name(folder))):
        copy = tmp_path / f"copy{number}"
        copied = _run("backup", data, copy, under=failing(path, "ENOENT"))
        assert (copied.returncode, copied.stderr) == (0, "")
        assert "ENOENT" in (tmp_path / "calls").read_text()
        lost = {name for name in whole if str(path).endswith(name) or f"/{path.name}/" in name}
        assert set(_files(copy / "documents")) == whole - lost < whole
    failed = _run("backup", data, tmp_path / "copy", under=failing(gone, "EIO"))
    assert (failed.returncode, failed.stderr) == (1, f"{gone}: Input/output error.\n")
    assert not list(tmp_path.glob("copy.*"))


def test_documents_are_copied_from_where_they_are_and_put_back_there(tmp_path: Path) -> None:
    """In a folder that a link leads to; what was left in the data folder when they were moved there stays behind."""
    data, shared, copy, elsewhere = (tmp_path / name for name in ("data", "shared", "copy", "elsewhere"))
    (tmp_path / "disk").mkdir()
    shared.symlink_to(tmp_path / "disk")
    with service_of_nothing(Settings(data_dir=data, documents_dir=shared)) as service:
        job = _submit(service, 1)
        work_off(service)
    (data / "documents/.incoming").mkdir(parents=True)
    (data / "documents/old.png").touch()
    (data / "extension").mkdir()
    (data / "extension/own.txt").write_text("own")
    copied = _run("backup", data, copy, OCR_DOCUMENTS_DIR=str(shared))
    assert (copied.returncode, copied.stderr) == (0, "")
    assert _files(copy / "documents") == _files(tmp_path / "disk") != {}

    for program, arguments, settings, told in (
        ("backup", (data, tmp_path / "no"), {"OCR_DOCUMENTS_DIR": str(tmp_path)}, f"{tmp_path} {_NO_STORE}"),
        ("backup", (data, tmp_path / "no"), {"OCR_DATABASE_URL": "sqlite:///x"}, "has to be copied another way."),
        (
            "restore",
            (copy, elsewhere),
            {"OCR_DOCUMENTS_DIR": str(shared)},
            f"{shared} is not empty; move it away first.",
        ),
        (
            "restore",
            (copy, elsewhere),
            {"OCR_DOCUMENTS": "s3"},
            "OCR_DOCUMENTS is s3; unset it, or use --database-only.",
        ),
        ("restore", (copy, elsewhere), {"OCR_DATABASE_URL": "mysql://x/y"}, "of SQLite; unset OCR_DATABASE_URL."),
        ("restore", ("--database-only", copy, data), {}, f"{data}/ocr.sqlite3 is not empty; move it away first."),
    ):
        ended = _run(program, *arguments, **settings)
        assert (ended.returncode, ended.stderr.endswith(f"{told}\n")) == (1, True), ended.stderr
        assert not elsewhere.exists()

    again = tmp_path / "again"
    restored = _run("restore", copy, elsewhere, OCR_DOCUMENTS_DIR=str(again))
    assert restored.stdout.startswith(f"Restored to {elsewhere}, documents to {again}. Run ocrcore doctor --restored ")
    assert set(_files(elsewhere)) == {"ocr.sqlite3", "extension/own.txt"}
    with service_of_nothing(Settings(data_dir=elsewhere, documents_dir=again)) as service:
        (item,) = service.of(LOCAL_OWNER).items(job.id)
        assert service.of(LOCAL_OWNER).item_image(item.id).read()
    for file in data.glob("ocr.sqlite3*"):
        file.unlink()
    restored = _run("restore", "--database-only", copy, data, OCR_DOCUMENTS_DIR=str(shared))
    assert restored.stdout.startswith(f"Restored to {data}, without documents. ")
    assert _left(Settings(data_dir=data, documents_dir=shared), repair=True) == []


def test_of_a_service_with_an_s3_the_database_is_copied_and_the_rest_is_said(tmp_path: Path) -> None:
    with service_of_nothing(Settings(data_dir=tmp_path / "data")):
        pass
    for settings in ({"OCR_DOCUMENTS": "s3"}, {"OCR_BACKEND": "aws"}):
        copied = _run("backup", tmp_path / "data", tmp_path / "copy", **settings)
        assert copied.stdout.splitlines()[0] == "The documents are not in it: they stay in s3."
        assert list(_files(tmp_path / "copy")) == ["ocr.sqlite3"]
        restored = _run("restore", tmp_path / "copy", tmp_path / "elsewhere", **settings)
        assert restored.returncode == 0
        assert list(_files(tmp_path / "elsewhere")) == ["ocr.sqlite3"]
        shutil.rmtree(tmp_path / "copy")
        shutil.rmtree(tmp_path / "elsewhere")


def test_what_a_part_of_others_keeps_in_the_data_folder_comes_back(tmp_path: Path) -> None:
    data, copy = tmp_path / "data", tmp_path / "copy"
    with service_of_nothing(Settings(data_dir=data)):
        pass
    (data / "documents.sqlite3").write_text("of another part")
    assert _run("backup", data, copy, OCR_DOCUMENTS="onefile").stdout.startswith(
        "Documents are in it if the part onefile"
    )
    full = _run("restore", copy, data, OCR_DOCUMENTS="onefile")
    assert full.stderr == f"{data} is not empty; move it away first.\n"
    assert _run("restore", copy, tmp_path / "elsewhere", OCR_DOCUMENTS="onefile").returncode == 0
    assert sorted(_files(tmp_path / "elsewhere")) == ["documents.sqlite3", "ocr.sqlite3"]


def test_old_copies_and_halves_go_each_night_even_if_the_copy_fails_but_never_the_last_one(tmp_path: Path) -> None:
    now, copies, data = datetime.now(UTC), tmp_path / "copies", tmp_path / "data"

    def make(*ages: float, end: str = "") -> list[str]:
        names = [f"{now - timedelta(days=age):%Y-%m-%dT%H%M%SZ}{end}" for age in ages]
        for name in names:
            (copies / name).mkdir(parents=True)
            (copies / name / "ocr.sqlite3").touch()
        return names

    def left() -> set[str]:
        return {path.name for path in copies.iterdir()}

    last, *_ = make(20, 21, 30)
    make(0.5, end=".incomplete")
    (copies / "by-hand").mkdir()
    failed = _run("backup", "--nightly", data, copies)
    assert (failed.returncode, failed.stderr) == (1, f"{data} is no data folder of ocrcore.\n")
    assert left() == {last, "by-hand"}

    with service_of_nothing(Settings(data_dir=data)):
        pass
    kept = make(1, 6.9)
    copied = _run("backup", "--nightly", data, copies)
    assert copied.returncode == 0, copied.stderr
    (new,) = left() - {*kept, "by-hand"}
    assert copied.stdout == f"Copied to {copies / new}.\n"
    assert new >= f"{now:%Y-%m-%dT%H%M%SZ}"


def test_a_server_that_does_not_prove_who_it_is_gets_no_password(
    server: MysqlServer, authority: Authority, tmp_path: Path
) -> None:
    create_schema(server, "ocr_tls")
    by_name, by_address = server.url("ocr_tls", host="localhost"), server.url("ocr_tls")
    stranger = authority_in(tmp_path).path
    with service_of_nothing(_made(Settings(data_dir=tmp_path / "data", database_url=by_address))):
        pass
    for number, (url, ca, is_let_in) in enumerate(
        (
            (by_name, authority.path, True),
            (f"{by_name}?ssl_ca={authority.path}", "", True),
            (f"{by_address}?ssl_ca={authority.path}&ssl_verify_identity=false", "", False),
            (f"{by_address}?ssl_ca={authority.path}", "", False),  # the certificate is for another name
            (by_address, authority.path, False),
            (by_name, stranger, False),
            (f"{by_name}?ssl_verify_identity=true", "", False),  # the system does not know its authority
        )
    ):
        copied = _run("backup", tmp_path / "data", tmp_path / f"copy{number}", url=url, OCR_DATABASE_CA=str(ca))
        assert (copied.returncode == 0) is is_let_in, (url, copied.stderr)
        assert "Traceback" not in copied.stderr
    refused_too = _run("restore", tmp_path / "copy0", tmp_path / "no", url=by_name, OCR_DATABASE_CA=str(stranger))
    assert (refused_too.returncode, refused_too.stderr.endswith("\nmariadb failed.\n")) == (1, True)


def test_the_rights_of_the_accounts_are_enough(server: MysqlServer, tmp_path: Path) -> None:
    """That of the API copies, that of ``ocrcore init`` restores; the dump has every table."""
    url, new = create_schema(server, "ocr_rights"), create_schema(server, "ocr_rights_new")
    with service_of_nothing(_made(Settings(data_dir=tmp_path / "data", database_url=url))) as service:
        _submit(service, 1)
    for_init = [grant for grant in statements_of_the_file("ocr_rights_new") if grant.endswith("TO ocr_init@'%'")]
    server.execute(*statements_of_the_file("ocr_rights"), *for_init)
    server.execute(*statements_of_the_file("ocr_rights", "rights-without-sqs.sql"))
    url, new = (one.replace("ocr:secret@", f"{who}:{PASSWORD}@") for one, who in ((url, "ocr_api"), (new, "ocr_init")))
    assert _run("backup", tmp_path / "data", tmp_path / "copy", url=url).returncode == 0
    restored = _run("restore", tmp_path / "copy", tmp_path / "new", url=new)
    assert (restored.returncode, restored.stderr) == (0, "")
    tables = "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'ocr_rights%s'"
    assert server.execute(tables % "") == server.execute(tables % "_new")


def test_a_copy_without_a_table_that_its_account_may_not_read_is_none(server: MysqlServer, tmp_path: Path) -> None:
    url = create_schema(server, "ocr_blind")
    with service_of_nothing(_made(Settings(data_dir=tmp_path / "data", database_url=url))):
        pass
    server.execute(*statements_of_the_file("ocr_blind"))  # and not those of the queue
    failed = _run(
        "backup", tmp_path / "data", tmp_path / "copy", url=url.replace("ocr:secret@", f"ocr_api:{PASSWORD}@")
    )
    assert failed.returncode == 1
    assert failed.stderr.startswith("The dump has no table audit: its account may not read it,")
    assert not (tmp_path / "copy").exists()


def test_a_restore_that_fails_leaves_nothing_so_that_the_next_one_can_begin(
    server: MysqlServer, tmp_path: Path
) -> None:
    """An account that may make no tables is told before anything is copied; a dump that is cut off comes to an end."""
    url, new = create_schema(server, "ocr_fails"), create_schema(server, "ocr_fails_new")
    data, copy, documents = tmp_path / "data", tmp_path / "copy", tmp_path / "documents"
    with service_of_nothing(_made(Settings(data_dir=data, database_url=url))) as service:
        _submit(service, 1)
    assert _run("backup", data, copy, url=url).returncode == 0
    server.execute(*statements_of_the_file("ocr_fails"), "GRANT SELECT ON ocr_fails_new.* TO ocr_api@'%'")
    api = new.replace("ocr:secret@", f"ocr_api:{PASSWORD}@")
    documents.mkdir()
    whole = (copy / "ocr.sql").read_bytes()

    def restored(url: str) -> tuple[int, str]:
        ended = _run("restore", copy, tmp_path / "new", url=url, OCR_DOCUMENTS_DIR=str(documents))
        return ended.returncode, ended.stderr

    status, told = restored(api)
    assert (status, told.partition("; ")[0]) == (1, "ocr_api may make no tables in the schema ocr_fails_new")
    assert not (tmp_path / "new").exists()
    (copy / "ocr.sql").write_bytes(b"CREATE TABLE half (a INT);\nNOT SQL;\n")
    status, told = restored(new)
    assert (status, told.splitlines()[-1]) == (1, "mariadb failed.")
    assert (list(documents.iterdir()), (tmp_path / "new").exists()) == ([], False)
    (copy / "ocr.sql").write_bytes(whole)
    assert restored(new)[1].startswith("The schema ocr_fails_new is not empty; ")
    server.execute("DROP DATABASE ocr_fails_new", "CREATE DATABASE ocr_fails_new")
    assert restored(new) == (0, "")


def test_the_tables_of_a_schema_are_set_aside_and_the_accounts_work_on_what_is_restored(
    server: MysqlServer, tmp_path: Path
) -> None:
    """As docs/deploy-shelf.md has it: nothing is lost, and no right has to be granted again."""
    url = create_schema(server, "ocr_aside")
    data, copy = tmp_path / "data", tmp_path / "copy"
    settings = _made(Settings(data_dir=data, database_url=url))
    with service_of_nothing(settings) as service:
        job = _submit(service, 1)
        server.execute(
            *statements_of_the_file("ocr_aside"), *statements_of_the_file("ocr_aside", "rights-without-sqs.sql")
        )
        assert _run("backup", data, copy, url=url).returncode == 0
        _submit(service, 2)
    aside = (ROOT / "deploy/mysql/set-aside.sql").read_text()
    here = aside.replace("ocr_old", "ocr_aside_old").replace("`ocr`", "`ocr_aside`").replace("'ocr'", "'ocr_aside'")
    subprocess.run(
        ["mariadb", "--no-defaults", f"--socket={server.folder}/s", "-u", "root"], input=here, text=True, check=True
    )
    jobs = "SELECT COUNT(*) FROM %s.jobs"
    assert server.execute(jobs % "ocr_aside_old") == [(2,)]
    assert _run("restore", "--database-only", copy, data, url=_as("ocr_init", url)).returncode == 0
    assert server.execute(jobs % "ocr_aside") == [(1,)]
    with service_of_nothing(replace(settings, database_url=_as("ocr_api", url))) as service:
        assert [one.id for one in service.of(LOCAL_OWNER).list()] == [job.id]
        _submit(service, 1)


def _as(account: str, url: str) -> str:
    return url.replace("ocr:secret@", f"{account}:{PASSWORD}@")


def test_a_copy_that_lay_for_days_expires_no_job_and_deletes_no_draft(
    databases: tuple[str, str], tmp_path: Path
) -> None:
    """The documents are those of the service as it was when it was lost, where all of it had been read."""
    old, new = databases
    data, copy = tmp_path / "data", tmp_path / "copy"
    settings = _made(Settings(data_dir=data, database_url=old))
    with service_of_nothing(settings) as service:
        jobs, picture = service.of(LOCAL_OWNER), pictures.png("ALPHA")
        waiting = _submit(service, 2)
        files = [AnnouncedFile("a.png", len(picture), "image/png")]
        submitted, unsubmitted = (jobs.draft(files).job for _ in range(2))
        for draft in (submitted, unsubmitted):
            jobs.upload(draft.id, 0, io.BytesIO(picture))
        assert _run("backup", data, copy, url=old).returncode == 0
        jobs.submit_draft(submitted.id)
        work_off(service)
        assert {jobs.get(job.id).status for job in (waiting, submitted)} == {JobStatus.DONE}
    before = set(_files(data / "documents"))
    for file in data.glob("ocr.sqlite3*"):
        file.unlink()
    assert _run("restore", "--database-only", copy, data, url=new).returncode == 0
    again = replace(settings, database_url=new)
    _age(new or f"sqlite:///{data}/ocr.sqlite3", timedelta(days=3))

    found = list(findings(again, lambda *_: None, repair=True, restored=True))
    assert [one.seen for one in found if one.kind is FindingKind.RESTORED] == [
        "1 open jobs and 2 drafts have their whole time again"
    ]
    assert set(_files(data / "documents")) >= before
    with service_of_nothing(again) as service:
        jobs = service.of(LOCAL_OWNER)
        jobs.submit_draft(unsubmitted.id)
        work_off(service)
        assert {jobs.get(job.id).status for job in (waiting, unsubmitted)} == {JobStatus.DONE}
        assert set(_files(data / "documents")) >= {name for name in before if not name.startswith("uploads/")}


def _age(url: str, by: timedelta) -> None:
    """Let every instant in a database be so much earlier."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for table in METADATA.sorted_tables:
            instants = [column.name for column in table.columns if isinstance(column.type, Instant)]
            for row in connection.execute(sa.select(table)).mappings().all() if instants else ():
                here = sa.and_(*(column == row[column.name] for column in table.primary_key))
                earlier = {name: row[name] - by for name in instants if row[name] is not None}
                connection.execute(sa.update(table).where(here).values(earlier))
    engine.dispose()
