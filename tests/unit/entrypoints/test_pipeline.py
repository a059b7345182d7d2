"""``ocrcore ocr`` when something fails that nobody foresaw."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from entrypoints.cli.pipeline import _Reading
from entrypoints.cli.progress import Progress
from entrypoints.files import Named
from ocrcore import OcrService
from ocrcore.testing.faults import Faulty
from worlds import World, picture


@contextmanager
def at_work(world: World) -> Iterator[None]:
    """Let a worker read until the end of the block."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.01):
            world.process_all()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


@pytest.fixture
def files(tmp_path: Path) -> list[Named]:
    paths = [tmp_path / f"{text}.png" for text in ("A", "B", "C")]
    for path in paths:
        path.write_bytes(picture(path.stem))
    return [Named(path, Path(path.name)) for path in paths]


def outcomes(world: World, service: OcrService, files: list[Named], form: str = "txt") -> list[tuple[str, str | None]]:
    reading = _Reading(service, service.default_options, form, Progress(quiet=True), len(files))
    with at_work(world):
        return [(outcome.shown, outcome.fault) for outcome in reading.outcomes(files, ahead=1)]


def test_a_file_that_cannot_be_judged_does_not_end_the_others(files: list[Named]) -> None:
    world = World()
    imaging = Faulty(world.context.imaging)
    imaging.before("inspect", IndexError("index out of range"))
    service = OcrService(replace(world.context, imaging=imaging.port))
    fault = "A fault of the program stopped it (IndexError)."
    assert outcomes(world, service, files) == [("", fault), ("B", None), ("C", None)]


def test_a_file_whose_result_cannot_be_had_does_not_end_the_others(files: list[Named]) -> None:
    world = World()
    world.jobs.before("items", RuntimeError())
    fault = "A fault of the program stopped it (RuntimeError)."
    assert outcomes(world, world.service, files) == [("", fault), ("B", None), ("C", None)]
