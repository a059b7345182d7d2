"""The README is run as a newcomer would: every command, every example, and every setting that it names."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path

import pytest
from PIL import Image

from entrypoints.settings import Settings, variable
from needed import needed
from ocrcore.testing.patience import FOREVER, eventually
from pdf_readers import pdfium
from pictures import png
from serving import serving

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
COMMANDS = [line.removeprefix("$ ") for line in README.splitlines() if line.startswith("$ ")]
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
#: What runs until it is stopped, and has a test of its own.
WATCHING = [command for command in COMMANDS if command.startswith("ocrcore watch")]
STREAMING = [command for command in COMMANDS if command.startswith("curl -N")]
#: What is run by whoever runs this test, and what runs until it is stopped and is started here.
ELSEWHERE = {"make demo", "make test", "ocrcore serve", *WATCHING, *STREAMING}


@pytest.fixture
def desk(tmp_path: Path, tesseract: str) -> Path:
    """Return a folder with the files that the README speaks of."""
    assert tesseract
    (tmp_path / "scans").mkdir()
    for name in ("scan.jpg", "letter.png", "scans/one.png"):
        (tmp_path / name).write_bytes(png("HELLO WORLD"))
    with Image.open(tmp_path / "scan.jpg") as page:
        page.convert("L").save(tmp_path / "scan.pdf")
    return tmp_path


@pytest.fixture
def service(desk: Path) -> Iterator[str]:
    with serving(desk / "served") as url:
        yield url


def environment(url: str, desk: Path) -> Mapping[str, str]:
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": programs, "OCRCORE_URL": url, "OCR_DATA_DIR": str(desk / "alone")}


def run(command: str, url: str, desk: Path) -> str:
    done = subprocess.run(
        ["bash", "-c", command], cwd=desk, env=environment(url, desk), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


def test_every_command_does_what_the_readme_says(desk: Path, service: str) -> None:
    needed("curl", "curl")
    job_id = item_id = ""
    for command in COMMANDS:
        if command in ELSEWHERE:
            continue
        written = command.replace("http://127.0.0.1:8000", service).replace("{id}", job_id).replace("{item}", item_id)
        shown = run(written, service, desk)
        found = re.search(r'"id":"([0-9a-f-]{36})"', shown)
        if found and "-F files" in command:
            job_id = found[1]
            run(f"curl -s {service}/api/v1/jobs/{job_id}?wait=30s", service, desk)
            item_id = json.loads(run(f"curl -s {service}/api/v1/jobs/{job_id}/items", service, desk))["items"][0]["id"]
        reads = shlex.split(command)[:2] == ["ocrcore", "ocr"] or "/api/v1/ocr" in command
        if reads and "-o" not in command:
            assert "HELLO" in shown
        if "-o searchable.pdf" in command:
            assert "HELLO" in pdfium((desk / "searchable.pdf").read_bytes())
            (desk / "searchable.pdf").unlink()
    assert job_id
    assert (desk / "page").read_bytes().startswith(b"\x89PNG")
    assert "HELLO" in next((desk / "texts").rglob("*.txt")).read_text()


@pytest.mark.parametrize("command", WATCHING)
def test_a_folder_is_watched_as_the_readme_says(desk: Path, command: str) -> None:
    process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=desk, env=environment("", desk))
    try:
        assert eventually(lambda: list((desk / "archive").glob("*.pdf")))
    finally:
        process.terminate()
    assert process.wait(FOREVER) == 0
    assert "HELLO" in pdfium((desk / "archive/one.png.pdf").read_bytes())


@pytest.mark.parametrize("command", STREAMING)
def test_a_stream_tells_of_a_job_as_the_readme_says(desk: Path, service: str, command: str) -> None:
    needed("curl", "curl")
    told = desk / "told"
    with told.open("wb") as file:
        process = subprocess.Popen(command.replace("http://127.0.0.1:8000", service).split(), stdout=file)
    try:
        run(f"curl -F files=@scan.jpg {service}/api/v1/jobs", service, desk)
        assert eventually(lambda: b"event: job" in told.read_bytes())
    finally:
        process.terminate()
        process.wait(FOREVER)


def test_every_python_example_runs(desk: Path, service: str) -> None:
    assert PYTHON
    for example in PYTHON:
        done = subprocess.run(
            [sys.executable, "-c", example],
            cwd=desk,
            env=environment(service, desk),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "HELLO WORLD" in done.stdout


@pytest.mark.parametrize("target", sorted(command for command in ELSEWHERE if command.startswith("make")))
def test_the_two_commands_are_targets(target: str) -> None:
    assert re.search(rf"^{target.removeprefix('make ')}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_every_setting_is_documented(setting: str) -> None:
    assert f"`{variable(setting)}`" in README


def test_every_variable_that_is_documented_is_a_setting() -> None:
    known = {variable(field.name) for field in fields(Settings)}
    assert set(re.findall(r"`(OCR_[A-Z0-9_]+)`", README)) <= known
