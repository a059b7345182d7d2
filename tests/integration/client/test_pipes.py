"""Files that are no files on the disk: pipes, and the standard input. What they hold can be read once."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner

from entrypoints.cli import main
from entrypoints.client import Client
from entrypoints.http.app import create_app
from entrypoints.inputs import as_uploads
from entrypoints.settings import Settings
from integration.http.site import listening
from worlds import World, picture


@contextmanager
def written(pipe: Path, content: bytes) -> Iterator[Path]:
    """Yield a pipe into which somebody writes."""
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=[content])
    writer.start()
    try:
        yield pipe
    finally:
        os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))  # or nobody would read what is left
        writer.join()


def texts(world: World, job_id: str) -> list[tuple[str, str | None]]:
    return [(item.filename, item.ocr_text) for item in world.owned.items(UUID(job_id))]


def test_a_pipe_is_read_once_and_may_be_read_again_by_whoever_sends_it(tmp_path: Path) -> None:
    content = b"x" * 3_000_000
    with written(tmp_path / "scan.png", content) as pipe, ExitStack() as stack:
        (upload,) = as_uploads([pipe], stack)
        for _ in range(2):
            assert (upload.filename, upload.content.seek(0), upload.content.read() == content) == ("scan.png", 0, True)
    with pytest.raises(FileNotFoundError), ExitStack() as stack:
        as_uploads(tmp_path / "none", stack)


def test_a_client_sends_what_comes_out_of_a_pipe(world: World, client: Client, tmp_path: Path) -> None:
    for number, send in enumerate((client.submit, client.submit_uploaded)):
        with written(tmp_path / f"{number}.png", picture("PIPED")) as pipe:
            job = send([pipe])
        world.process_all()
        assert texts(world, job.id) == [(f"{number}.png", "PIPED")]


def test_the_command_takes_pipes_and_the_standard_input(world: World, tmp_path: Path) -> None:
    def submitted(*arguments: str | Path) -> tuple[int, str, str]:
        ended = CliRunner().invoke(main, ["jobs", "submit", *map(str, arguments)], input=picture("STANDARD"))
        return ended.exit_code, ended.stdout.strip(), ended.stderr

    with (
        listening(create_app(world.service, Settings())) as port,
        written(tmp_path / "scan.png", picture("PIPED")) as pipe,
    ):
        status, job_id, _ = submitted("-", pipe, "--url", f"http://127.0.0.1:{port}")
    world.process_all()
    assert (status, texts(world, job_id)) == (0, [("stdin", "STANDARD"), ("scan.png", "PIPED")])
    status, shown, told = submitted("-", "--key-file", "-")
    assert (status, shown) == (2, "")
    assert "the standard input" in told
