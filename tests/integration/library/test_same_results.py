"""One set of pages, read in each of the ways there are."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

import pytest

from adapters.imaging.turning import turned
from entrypoints.client import Client
from entrypoints.library import open_local, read
from ocrcore.testing.engine import prose
from ocrcore.testing.patience import FOREVER
from pictures import FORMS, columns, draw, png, save
from serving import ocrcore, serving

pytestmark = pytest.mark.usefixtures("tesseract")

TEXTS = {
    "png": "Total 44.40",
    "jpeg-turned": "INVOICE 2026",
    "mpo": "From a phone",
    "tiff-fax": "By fax",
    "webp-alpha": "On nothing",
    "jpeg-cmyk": "For print",
}


class Asked(TypedDict, total=False):
    """The options of a job that choose its engine."""

    engine: str
    quality: str


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{form}.picture" for form in TEXTS]
    for file, (form, text) in zip(files, TEXTS.items(), strict=True):
        file.write_bytes(FORMS[form](text))
    return files


def bare(layouts: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the layouts without the ids of their pages and the paths of their files."""
    return [{name: value for name, value in layout.items() if name not in {"item_id", "file"}} for layout in layouts]


def by_library(files: list[Path], data: Path, **options: Unpack[Asked]) -> tuple[str, list[dict[str, Any]]]:
    with open_local(data) as ocr:
        job = ocr.wait(ocr.submit(files, **options).id, timeout=FOREVER)
        return ocr.result(job.id), bare(ocr.layouts(job.id))


def by_read(files: list[Path], file: Path, **options: Unpack[Asked]) -> tuple[str, list[dict[str, Any]]]:
    reading = read(files, timeout=FOREVER, **options)
    reading.save(file)
    return reading.text, bare(json.loads(file.read_text())["items"])


def by_http(files: list[Path], data: Path, **options: Unpack[Asked]) -> tuple[str, list[dict[str, Any]]]:
    with serving(data) as url, Client(url) as client:
        job = client.wait(client.submit(files, **options).id, timeout=FOREVER)
        return client.result(job.id), bare(client.layouts(job.id))


def by_command(files: list[Path], **options: Unpack[Asked]) -> tuple[str, list[dict[str, Any]]]:
    flags = [flag for name, value in options.items() for flag in (f"--{name}", str(value))]
    text = ocrcore("ocr", *files, *flags).stdout
    assert text.endswith("\n")
    lines = ocrcore("ocr", *files, *flags, "--format", "json").stdout.splitlines()
    return text.removesuffix("\n"), bare([json.loads(line) for line in lines])


def test_library_service_and_command_line_read_the_same(files: list[Path], tmp_path: Path) -> None:
    text, layouts = by_library(files, tmp_path / "library")
    assert text.split("\f") == list(TEXTS.values())
    assert by_read(files, tmp_path / "read.json") == (text, layouts)
    assert by_http(files, tmp_path / "http") == (text, layouts)
    assert by_command(files) == (text, layouts)


@pytest.mark.parametrize(
    "options",
    [{"engine": "tesseract"}, {"engine": "tesserocr"}, {"engine": "ppocr"}, {"quality": "fast"}],
    ids=lambda options: "=".join(*options.items()),
)
def test_each_engine_gives_the_same_however_it_is_asked(tmp_path: Path, options: Asked) -> None:
    files = [tmp_path / name for name in ("line.png", "columns.png", "lying.png")]
    files[0].write_bytes(png("Total 44.40"))
    files[1].write_bytes(columns(prose(0, 12), prose(12, 12)))
    files[2].write_bytes(save(turned(draw("FIRST LINE\nSECOND LINE").convert("L"), 180)))
    text, layouts = by_library(files, tmp_path / "library", **options)
    assert [layout.get("rotation", 0) for layout in layouts] == [0, 0, 180]
    assert {layout["engine"].split()[0] for layout in layouts} == {options.get("engine", "tesserocr")}
    assert text.split("\f")[0] == "Total 44.40"
    assert by_read(files, tmp_path / "read.json", **options) == (text, layouts)
    assert by_http(files, tmp_path / "http", **options) == (text, layouts)
    assert by_command(files, **options) == (text, layouts)
