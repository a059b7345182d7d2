"""``ocrcore doctor`` on a data folder that a service on fakes of engine and pictures has filled."""

import json
import shlex
import sqlite3
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from adapters.local.ids import Uuid7Ids
from adapters.memory.cipher import MemoryCipher
from adapters.memory.engine import MemoryEngine
from adapters.memory.imaging import MemoryImaging
from adapters.memory.meter import MemoryMeter
from adapters.memory.page_images import MemoryPageImages
from adapters.memory.pdf_writer import MemoryPdfWriter
from adapters.memory.receivers import MemoryReceivers
from entrypoints.backends import parts
from entrypoints.settings import Settings
from ocrcore import LOCAL_OWNER, Context, Job, OcrService, Step
from serving import ocrcore
from worlds import uploads

OLD = "2026-01-02 03:04:05.000000"


@contextmanager
def opened(data: Path) -> Iterator[OcrService]:
    settings = Settings(data_dir=data)
    with parts.open_backend(settings) as backend:
        own = {field.name for field in fields(backend)} & {field.name for field in fields(Context)}
        ports: dict[str, Any] = {name: getattr(backend, name) for name in own}
        yield OcrService(
            Context(
                **ports,
                engine=MemoryEngine(),
                imaging=MemoryImaging(),
                page_images=MemoryPageImages(),
                pdf_writer=MemoryPdfWriter(),
                receivers=MemoryReceivers(),
                cipher=MemoryCipher(),
                meter=MemoryMeter(),
                ids=Uuid7Ids(),
                policy=settings.policy,
            )
        )


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def jobs(data: Path) -> Sequence[Job]:
    """Return three jobs of two pages, finished and told."""
    with opened(data) as service:
        submitted = [service.of(LOCAL_OWNER).submit(uploads("ALPHA", "BRAVO")) for _ in range(3)]
        worker = service.worker(slots=10)
        while worker.receive_once(timedelta()) is Step.DONE or worker.has_waiting:
            assert worker.work_one() is Step.DONE
        service.upkeep_once()
        return [service.of(LOCAL_OWNER).get(job.id) for job in submitted]


def execute(data: Path, statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(data / "ocr.sqlite3")) as database, database:
        return database.execute(statement, values).fetchall()


def doctor(data: Path, *options: str) -> subprocess.CompletedProcess[str]:
    done = ocrcore("doctor", *options, data=data)
    assert "Traceback" not in done.stderr
    return done


def kinds(data: Path, *options: str) -> tuple[int, list[str]]:
    """Return the exit status and the kinds of what is left."""
    done = doctor(data, "--json", *options)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, sorted(one["kind"] for one in found if one["left"])


def uploaded(data: Path, job_id: UUID) -> list[Path]:
    return sorted((data / "documents/jobs" / str(job_id)).glob("*.png"))


@pytest.mark.usefixtures("jobs")
def test_where_nothing_disagrees_it_says_so(data: Path) -> None:
    done = doctor(data)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Nothing disagrees.\n", "")
    assert doctor(data, "--json").stdout == ""


def test_data_that_every_user_can_read_is_told() -> None:
    with tempfile.TemporaryDirectory() as private:  # in a folder that others may pass through, unlike those of pytest
        data = Path(private, "data")
        with opened(data):
            pass
        open_to_others(data / "ocr.sqlite3", data / "documents", Path(private))
        assert doctor(data).stdout == "Nothing disagrees.\n"
        open_to_others(data)
        (line,) = (json.loads(line) for line in doctor(data, "--json").stdout.splitlines())
        told = (line["kind"], line["left"], line["seen"])
        assert told == ("readable-data", False, f"in {data.resolve()}: ocr.sqlite3, documents")
        subprocess.run(shlex.split(line["command"]), check=True)
        assert doctor(data).stdout == "Nothing disagrees.\n"


def open_to_others(*paths: Path) -> None:
    for path in paths:
        path.chmod(path.stat().st_mode | stat.S_IROTH | stat.S_IXOTH)


def test_what_was_planted_is_found_and_what_the_database_knows_is_mended(data: Path, jobs: Sequence[Job]) -> None:
    first, second, third = (str(job.id) for job in jobs)
    execute(data, "UPDATE jobs SET done = 1, pending = 9, finished_at = NULL WHERE id = ?", first)  # adds up to nothing
    execute(data, "UPDATE jobs SET status = 'ERROR' WHERE id = ?", second)
    execute(
        data,
        "INSERT INTO outbox (job_id, item_id, owner, s3_bucket, s3_key, created_at)"
        " SELECT job_id, id, 'local', 'b', s3_key, ? FROM job_items WHERE job_id = ?",
        OLD,
        third,
    )
    lost = uploaded(data, jobs[2].id)[0]
    lost.unlink()
    stray = data / "documents/jobs" / "01900000-0000-7000-8000-000000000000" / "a.jpg"
    stray.parent.mkdir()
    stray.write_bytes(b"x")

    before = doctor(data)
    assert before.returncode == 1
    for words in (
        f"wrong-counts job {first}",
        "missing-upload",
        "stray-job",
        "unsent-messages",
        "doctor --repair mends 3",
    ):
        assert words in before.stdout
    assert f"$ rm -r -- {stray.parent}\n" in before.stdout
    assert f"$ ocrcore jobs delete {third}\n" in before.stdout
    assert kinds(data) == (1, ["missing-upload", "stray-job", "unsent-messages", "wrong-counts", "wrong-counts"])

    repaired = doctor(data, "--repair")
    assert repaired.returncode == 1
    assert repaired.stdout.count("repaired wrong-counts") == 2
    assert repaired.stdout.endswith("2 left, 3 repaired.\n")
    assert kinds(data, "--repair") == (1, ["missing-upload", "stray-job"])
    assert stray.read_bytes() == b"x"
    assert execute(data, "SELECT status, done, pending, finished_at IS NULL FROM jobs WHERE id = ?", first) == [
        ("DONE", 2, 0, 0)
    ]

    with opened(data) as service:
        service.of(LOCAL_OWNER).delete(jobs[2].id)
    stray.unlink()
    assert doctor(data).stdout == "Nothing disagrees.\n"


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE jobs SET total = 5, done = 5", "missing-items"),
        ("UPDATE job_items SET status = 'PROCESSING', finished_at = NULL", "leaseless-item"),
        ("UPDATE job_items SET layout_key = NULL", "missing-layout"),
        ("UPDATE job_items SET ocr_text = NULL", "contradictory-item"),
        ("UPDATE job_items SET attempts_limit = 0", "contradictory-item"),
        ("UPDATE job_items SET s3_key = (SELECT min(s3_key) FROM job_items)", "contradictory-item"),
        ("DELETE FROM audit", "missing-audit"),
    ],
)
def test_what_nobody_can_mend_is_left(data: Path, jobs: Sequence[Job], statement: str, kind: str) -> None:
    assert len(jobs) == 3
    execute(data, "UPDATE job_items SET finished_at = datetime('now', '-10 minutes') || '.000000'")
    assert kinds(data) == (0, [])
    execute(data, statement)
    for _ in range(2):
        status, found = kinds(data, "--repair")
        assert (status, set(found)) == (1, {kind})


def test_what_upkeep_should_have_done_is_done(data: Path, jobs: Sequence[Job]) -> None:
    first, second, third = (str(job.id) for job in jobs)
    execute(
        data,
        "UPDATE job_items SET status = 'PROCESSING', lease_until = ?, finished_at = NULL, ocr_text = NULL"
        " WHERE job_id = ? AND position = 0",
        OLD,
        first,
    )
    execute(
        data,
        "UPDATE job_items SET status = 'PENDING', queued_at = ?, finished_at = NULL, ocr_text = NULL"
        " WHERE job_id = ? AND position = 0",
        OLD,
        second,
    )
    execute(data, "UPDATE jobs SET submitted_at = NULL, created_at = ? WHERE id = ?", OLD, third)
    status, found = kinds(data)
    assert status == 1
    assert set(found) >= {"wrong-counts", "lapsed-leases", "forgotten-items", "old-drafts"}
    kinds(data, "--repair")
    _, left = kinds(data)
    assert set(left) <= {"no-worker"}


def test_rejected_messages_are_shown_and_are_no_failure(data: Path, jobs: Sequence[Job]) -> None:
    assert jobs
    execute(data, "INSERT INTO rejected_messages VALUES ('m-1', 'who knows', ?)", OLD)
    done = doctor(data)
    assert (done.returncode, done.stdout.count("rejected-messages: 1 message was not ours")) == (0, 1)
    assert "who knows" not in done.stdout
    assert f"$ sqlite3 {data}/ocr.sqlite3 " in done.stdout
    assert done.stdout.endswith("Nothing disagrees.\n")


def test_a_folder_without_data_is_not_made_into_one(data: Path) -> None:
    done = doctor(data)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "OCR_DATA_DIR" in done.stderr
    assert not data.exists()


@pytest.mark.usefixtures("jobs")
def test_documents_that_went_away_as_a_whole_are_not_thousands_of_findings(data: Path) -> None:
    (data / "documents").rename(data / "unmounted")
    assert kinds(data) == (1, ["service-away"])
    assert not (data / "documents").exists()


@pytest.mark.usefixtures("jobs")
def test_an_old_schema_is_found_and_left_as_it_is(data: Path) -> None:
    execute(data, "UPDATE alembic_version SET version_num = '0004'")
    assert kinds(data) == (1, ["old-schema"])
    assert execute(data, "SELECT version_num FROM alembic_version") == [("0004",)]


def test_of_a_database_that_was_put_back_open_jobs_have_their_time_again(data: Path) -> None:
    with opened(data) as service:
        service.of(LOCAL_OWNER).submit(uploads("ALPHA"))
        service.upkeep_once()
    execute(data, "UPDATE jobs SET sqs_retention_deadline = ?", OLD)
    assert kinds(data) == (1, ["overdue-jobs"])
    told = "repaired restored: 1 open jobs and 0 drafts have their whole time again\nNothing disagrees any more.\n"
    done = doctor(data, "--restored")
    assert (done.returncode, done.stdout) == (0, told)
    assert kinds(data) == (0, [])
    assert execute(data, "SELECT status FROM jobs") == [("PENDING",)]


def test_an_option_that_there_is_not_is_a_usage_error(data: Path) -> None:
    assert ocrcore("doctor", "--mend", data=data).returncode == 2
