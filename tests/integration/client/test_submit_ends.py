"""However ``ocrcore jobs submit --wait`` ends after its job was made, it names the job."""

import json
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from answering import Reply, answering
from entrypoints.cli import main
from entrypoints.http.app import create_app
from entrypoints.settings import Settings
from integration.http.site import listening
from ocrcore import Job
from ocrcore.ports.documents import DocumentMissing
from ocrcore.testing.patience import FOREVER, eventually
from serving import OCRCORE
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


class Listening:
    """A service that takes whole submissions, and answers none of them."""

    def __init__(self) -> None:
        self.keys: list[str | None] = []
        self.has_all, self.over = threading.Event(), threading.Event()

    def take(self, request: BaseHTTPRequestHandler) -> Reply | None:
        request.rfile.read(int(request.headers["content-length"]))
        self.keys.append(request.headers["idempotency-key"])
        self.has_all.set()
        self.over.wait(FOREVER)
        return None


def again(stderr: str) -> str:
    """Return the key with which a command says that it may be repeated."""
    found = re.search(
        r"^The job may have been made; the same command with --idempotency-key (\S+) makes no second one\.$",
        stderr,
        re.MULTILINE,
    )
    assert found, stderr
    return found[1]


def test_a_submission_that_is_interrupted_when_all_of_it_is_sent_may_be_repeated(page: Path) -> None:
    service = Listening()
    with answering(service.take) as port:
        command = [*OCRCORE, "jobs", "submit", str(page), "--url", f"http://127.0.0.1:{port}"]
        with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
            try:
                assert service.has_all.wait(FOREVER)
                process.send_signal(signal.SIGINT)
                assert process.stderr
                assert (process.wait(FOREVER), again(process.stderr.read())) == (130, service.keys[0])
            finally:
                process.kill()
                service.over.set()


@pytest.mark.parametrize("given", [(), ("--idempotency-key", "mine")])
def test_a_submission_that_is_not_answered_may_be_repeated(page: Path, given: tuple[str, ...]) -> None:
    service = Listening()
    service.over.set()
    with answering(service.take) as port:
        sent = ["jobs", "submit", str(page), "--url", f"http://127.0.0.1:{port}", *given]
        ended = CliRunner().invoke(main, sent)
    assert ended.exit_code == 1
    assert {again(ended.stderr)} == set(service.keys)
    assert not given or set(service.keys) == {"mine"}


def test_a_submission_that_is_refused_or_not_sent_says_nothing_of_a_job(page: Path) -> None:
    refusal = json.dumps({"code": "invalid-option", "detail": "No.", "instance": "urn:uuid:1"}).encode()
    with answering(lambda request: Reply(422, refusal) if request.rfile.read(1) else None) as port:
        refused = CliRunner().invoke(main, ["jobs", "submit", str(page), "--url", f"http://127.0.0.1:{port}"])
    assert (refused.exit_code, refused.stderr) == (2, "ocrcore: No.\n")
    unsent = CliRunner().invoke(main, ["jobs", "submit", str(page), "--url", "http://127.0.0.1:1"])
    assert unsent.exit_code == 1
    assert unsent.stderr.count("\n") == 1
