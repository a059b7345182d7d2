"""However ``ocrcore jobs submit --wait`` ends after its job was made, it names the job."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from entrypoints.cli import main
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.http.site import listening
from ocrcore import Job
from ocrcore.ports.documents import DocumentMissing
from ocrcore.testing.patience import eventually
from working import at_work
from worlds import World, picture


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.png"
    file.write_bytes(picture())
    return file


def submitted(world: World, page: Path, *options: str, auth: str = "none", key: str | None = None) -> Result:
    """Return how a command ends that submits a page and waits for it."""
    with listening(create_app(world.service, Settings(auth=auth))) as port:
        sent = ["jobs", "submit", str(page), "--wait", "--url", f"http://127.0.0.1:{port}", *options]
        return CliRunner(env={"OCRCORE_KEY": key}).invoke(main, sent)


@contextmanager
def once_there(world: World, owner: str, change: Callable[[Job], object]) -> Iterator[None]:
    """Do something to the first job of an owner as soon as there is one."""

    def work() -> None:
        assert eventually(lambda: world.service.of(owner).list())
        change(world.service.of(owner).list()[0])

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def test_a_wait_that_fails_says_how_to_go_on(world: World, page: Path) -> None:
    made = world.service.keys.create("ana")
    with once_there(world, "ana", lambda _: world.service.keys.revoke(made.key.id)):
        ended = submitted(world, page, auth="keys", key=made.text)
    (job,) = world.service.of("ana").list()
    assert (ended.exit_code, ended.stdout) == (1, "")
    told, why = ended.stderr.splitlines()
    assert told == f"It goes on: ocrcore jobs watch {job.id}"
    assert re.match(r"ocrcore: .* key", why)


def test_a_result_that_cannot_be_had_or_shown_leaves_the_job_that_has_it(world: World, page: Path) -> None:
    world.documents.before("get", DocumentMissing(), times=9)
    with at_work(world):
        ended = submitted(world, page, "--format", "hocr")
    (job,) = world.owned.list()
    assert ended.exit_code == 1
    assert ended.stderr.splitlines()[0] == f"It is finished: ocrcore jobs result {job.id}"


def test_a_job_that_is_deleted_does_not_go_on(world: World, page: Path) -> None:
    with once_there(world, "local", lambda job: world.owned.delete(job.id)):
        ended = submitted(world, page)
    assert (ended.exit_code, ended.stderr) == (1, "ocrcore: There is no job of yours with this id.\n")
