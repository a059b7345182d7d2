"""``ocrcore ocr`` when something fails that nobody foresaw."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.memory.pictures import document
from entrypoints.cli.pipeline import _Pipeline
from entrypoints.cli.progress import Progress
from entrypoints.folders import NamedFile
from entrypoints.library.owner import local_jobs
from ocrcore import ItemErrorCode, OcrService
from ocrcore.formats.registry import FORMATS
from ocrcore.ports.engine import EngineFailure
from ocrcore.testing.faults import Faulty
from working import at_work
from worlds import World, picture


@pytest.fixture
def files(tmp_path: Path) -> list[NamedFile]:
    paths = [tmp_path / f"{text}.png" for text in ("A", "B", "C")]
    for path in paths:
        path.write_bytes(picture(path.stem))
    return [NamedFile(path, Path(path.name)) for path in paths]


def outcomes(service: OcrService, files: list[NamedFile], form: str = "txt") -> list[tuple[bytes | None, list[str]]]:
    pipeline = _Pipeline(local_jobs(service), service.default_options, FORMATS[form], Progress(quiet=True), len(files))
    return [
        (outcome.shown, [failure.words for failure in outcome.failures])
        for outcome in pipeline.outcomes(files, ahead=1)
    ]


def test_a_file_that_cannot_be_judged_does_not_end_the_others(files: list[NamedFile]) -> None:
    world = World()
    imaging = Faulty(world.context.imaging)
    imaging.before("inspect", IndexError("index out of range"))
    service = OcrService(replace(world.context, imaging=imaging.port))
    error = "An unexpected error stopped it (IndexError)."
    with at_work(world):
        assert outcomes(service, files) == [(None, [error]), (b"B", []), (b"C", [])]


def test_a_file_whose_result_cannot_be_had_does_not_end_the_others(files: list[NamedFile]) -> None:
    world = World()
    world.jobs.before("items", RuntimeError())
    error = "An unexpected error stopped it (RuntimeError)."
    with at_work(world):
        assert outcomes(world.service, files) == [(None, [error]), (b"B", []), (b"C", [])]


class _Reading(Progress):
    """Notes what is shown, and reads another page each time."""

    def __init__(self, world: World) -> None:
        super().__init__(quiet=True)
        self._world, self.shown = world, list[tuple[float, str]]()

    def show(self, part: float, words: str) -> None:
        self.shown.append((round(part, 2), words))
        if "pages" in words:
            self._world.receive()
            self._world.worker.work_one()


def test_the_progress_counts_the_pages_of_a_document(tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "scan.tif"
    path.write_bytes(document("ONE", "TWO", "THREE"))
    progress = _Reading(world)
    pipeline = _Pipeline(local_jobs(world.service), world.service.default_options, FORMATS["txt"], progress, 1)
    list(pipeline.outcomes([NamedFile(path, Path("scan.tif"))], ahead=1))
    assert progress.shown == [
        (0, f"0 of 1, {path}"),
        (0, f"0 of 1, {path}, 0 of 3 pages"),
        (0.33, f"0 of 1, {path}, 1 of 3 pages"),
        (0.67, f"0 of 1, {path}, 2 of 3 pages"),
    ]


def test_a_line_of_json_for_each_page_names_the_file_and_the_page_that_failed(tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "scan.tif"
    path.write_bytes(document("ONE", "TWO", "THREE"))
    world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    with at_work(world):
        ((shown, _),) = outcomes(world.service, [NamedFile(path, Path(path.name))], "json")
    lines = [json.loads(line) for line in (shown or b"").splitlines()]
    assert {line["file"] for line in lines} == {str(path)}
    assert [line["page"] for line in lines] == [1, 2, 3]
    (failed,) = [line for line in lines if "error" in line]
    assert failed["error"]["code"] == "image-corrupt"
    assert len([line for line in lines if "text" in line]) == 2


def test_the_pages_of_a_document_are_one_result_and_each_error_names_its_page(tmp_path: Path) -> None:
    world = World()
    path = tmp_path / "scan.tif"
    path.write_bytes(document("ONE", "TWO", "THREE"))
    world.engine.before("recognise", EngineFailure(ItemErrorCode.IMAGE_CORRUPT))
    with at_work(world):
        ((shown, (error,)),) = outcomes(world.service, [NamedFile(path, Path(path.name))])
    assert shown is not None
    assert len(shown.split(b"\f")) == 2
    assert re.fullmatch(r"page [123]: The picture is damaged .*", error)
