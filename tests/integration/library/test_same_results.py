"""One set of pages, read in each of the ways there are."""

import json
from pathlib import Path
from typing import Any

import pytest

from entrypoints.client import Client
from entrypoints.library import open_local, read
from ocrcore.testing.patience import FOREVER
from pictures import FORMS
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


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    files = [tmp_path / f"{form}.picture" for form in TEXTS]
    for file, (form, text) in zip(files, TEXTS.items(), strict=True):
        file.write_bytes(FORMS[form](text))
    return files


def bare(layouts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the layouts without the ids of their pages and the paths of their files."""
    kept = layouts[0].keys() - {"item_id", "file"}
    return [{name: layout[name] for name in kept} for layout in layouts]


def by_library(files: list[Path], data: Path) -> tuple[str, list[dict[str, Any]]]:
    with open_local(data) as ocr:
        job = ocr.wait(ocr.submit(files).id, timeout=FOREVER)
        return ocr.result(job.id), bare(list(ocr.layouts(job.id)))


def by_read(files: list[Path], file: Path) -> tuple[str, list[dict[str, Any]]]:
    reading = read(files, timeout=FOREVER)
    reading.save(file)
    return reading.text, bare(json.loads(file.read_text())["items"])


def by_http(files: list[Path], data: Path) -> tuple[str, list[dict[str, Any]]]:
    with serving(data) as url, Client(url) as client:
        job = client.wait(client.submit(files).id, timeout=FOREVER)
        return client.result(job.id), bare(list(client.layouts(job.id)))


def by_command(files: list[Path]) -> tuple[str, list[dict[str, Any]]]:
    text = ocrcore("ocr", *files).stdout
    assert text.endswith("\n")
    lines = ocrcore("ocr", *files, "--format", "json").stdout.splitlines()
    return text.removesuffix("\n"), bare([json.loads(line) for line in lines])


def test_library_service_and_command_line_read_the_same(files: list[Path], tmp_path: Path) -> None:
    text, layouts = by_library(files, tmp_path / "library")
    assert text.split("\f") == list(TEXTS.values())
    assert by_read(files, tmp_path / "read.json") == (text, layouts)
    assert by_http(files, tmp_path / "http") == (text, layouts)
    assert by_command(files) == (text, layouts)
