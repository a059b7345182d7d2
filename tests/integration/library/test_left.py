"""Sessions that are left in the middle, and several at once on one folder."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from entrypoints.library import Session, open_local
from ocrcore import Job, JobStatus
from ocrcore.testing.patience import FOREVER, eventually, within
from pictures import draw, save
from processes import children
from serving import serving

pytestmark = pytest.mark.usefixtures("tesseract")


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A page that takes a second or two."""
    text = "\n".join("the quick brown fox jumps over the lazy dog " * 2 for _ in range(16))
    file = tmp_path / "slow.png"
    file.write_bytes(save(draw(text, (2200, 1000)).convert("L")))
    return file


class Left(Exception):
    """The block is left by an error."""


def begun(session: Session, job: Job) -> Job:
    assert eventually(lambda: session.get(job.id).counts.processing)
    return job


def test_nothing_runs_when_a_session_is_over(data: Path, page: Path) -> None:
    threads, processes = set(threading.enumerate()), children(os.getpid())
    with open_local(data, slots=2) as session:
        assert session.wait(session.submit(page).id, timeout=FOREVER).status is JobStatus.DONE
        assert children(os.getpid()) > processes
    assert set(threading.enumerate()) <= threads
    assert children(os.getpid()) <= processes


def test_a_job_that_was_left_alone_is_read_by_the_next_session(data: Path, page: Path) -> None:
    with open_local(data, slots=0) as session:
        job = session.submit([page, page])
    with open_local(data, slots=2) as session:
        assert session.wait(job.id, timeout=FOREVER).status is JobStatus.DONE


def test_pages_in_work_are_given_back_at_once_and_cost_no_attempt(data: Path, slow: Path) -> None:
    with ExitStack() as stack:
        session = stack.enter_context(open_local(data, slots=1, max_attempts=1))
        job = begun(session, session.submit([slow]))
        with within(5), suppress(Left), stack.pop_all():
            raise Left
    with open_local(data, slots=0) as session:
        assert session.get(job.id).status is JobStatus.PENDING
    with open_local(data, slots=1, max_attempts=1) as session:
        assert session.wait(job.id, timeout=FOREVER).status is JobStatus.DONE


def test_a_session_that_was_killed_loses_nothing(data: Path, slow: Path) -> None:
    script = (
        "import sys; from entrypoints.library import open_local\n"
        "with open_local(sys.argv[1], slots=1, visibility_timeout='5s') as ocr:\n"
        "    print(ocr.submit([sys.argv[2]] * 4).id, flush=True); input()"
    )
    with (
        open_local(data, slots=0) as session,  # before, so that it misses nothing
        subprocess.Popen(
            [sys.executable, "-c", script, str(data), str(slow)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        begun(session, session.get(process.stdout.readline().strip()))
        process.send_signal(signal.SIGKILL)
        (job,) = session.list()
    with open_local(data, slots=1, upkeep_period="1s") as session:
        assert session.wait(job.id, timeout=FOREVER).status is JobStatus.DONE


@pytest.fixture
def two(data: Path) -> Iterator[tuple[Session, Session]]:
    with open_local(data, slots=1) as first, open_local(data, slots=1) as second:
        yield first, second


def test_two_sessions_share_a_folder(two: tuple[Session, Session], page: Path) -> None:
    first, second = two
    jobs = [session.submit([page] * 3) for session in (first, second)]
    for job, other in zip(jobs, (second, first), strict=True):
        assert other.wait(job.id, timeout=FOREVER).status is JobStatus.DONE
        assert [item.attempts for item in other.items(job.id)] == [1, 1, 1]
    assert [job.id for job in first.list()] == [job.id for job in second.list()]


def test_a_session_shares_its_folder_with_a_service(data: Path, page: Path) -> None:
    data.mkdir()
    with serving(data, "--slots", "1"), open_local(data, slots=0) as session:
        job = session.submit(page)
        assert session.wait(job.id, timeout=FOREVER).status is JobStatus.DONE
        assert session.result(job.id) == "HELLO"
