"""The documents are followed as a newcomer would: every command, every example, and every setting that they name."""

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

from documented import GUIDES, ROOT, commands, console, examples
from entrypoints.settings import Settings, variable
from needed import needed
from ocrcore.testing.patience import FOREVER, eventually
from pdf_readers import pdfium
from pictures import png
from serving import serving

SETTINGS = (ROOT / "docs/settings.md").read_text()
ALL = [command for guide in GUIDES for command in commands(guide)]
#: What runs until it is stopped, and has a test of its own.
WATCHING = sorted({command for command in ALL if command.startswith("ocrcore watch")})
STREAMING = [command for command in ALL if command.startswith("curl -N")]
#: What is run by whoever runs this test, and what runs until it is stopped and is started here.
SERVING = {"ocrcore serve", "OCR_AUTH=keys ocrcore serve"}
ELSEWHERE = {"make setup", 'export PATH="$PWD/.venv/bin:$PATH"', *SERVING, *WATCHING, *STREAMING}
#: Words of the pages that are read here.
READ = re.compile("HELLO WORLD|Harbour Library")


@pytest.fixture
def desk(tmp_path: Path, tesseract: str) -> Path:
    """Return a folder with the files that the documents speak of."""
    assert tesseract
    for folder in ("scans", "docs"):
        (tmp_path / folder).mkdir()
    for name in ("scan.jpg", "letter.png", "scans/one.png", "a.jpg", "b.png"):
        (tmp_path / name).write_bytes(png("HELLO WORLD"))
    with Image.open(tmp_path / "scan.jpg") as page:
        page.convert("L").save(tmp_path / "scan.pdf")
    (tmp_path / "docs/sample.pdf").write_bytes((ROOT / "docs/sample.pdf").read_bytes())
    return tmp_path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service") / "data"


@pytest.fixture(scope="module")
def service(data: Path) -> Iterator[str]:
    with serving(data) as url:
        yield url


def environment(url: str, data: Path) -> Mapping[str, str]:
    """Return the environment of a newcomer, in which Tesseract reads: it starts faster."""
    programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return os.environ | {"PATH": programs, "OCRCORE_URL": url, "OCR_DATA_DIR": str(data), "OCR_QUALITY": "fast"}


def run(command: str, desk: Path, known: Mapping[str, str]) -> str:
    done = subprocess.run(["bash", "-c", command], cwd=desk, env=known, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_does_what_the_document_says(guide: str, desk: Path, service: str, data: Path) -> None:
    needed("curl", "curl")
    known, job_id, item_id = environment(service, data), "", ""
    before = {command for other in GUIDES[: GUIDES.index(guide)] for command in commands(other)}
    for command, told in console(guide):
        reads = shlex.split(command)[:2] == ["ocrcore", "ocr"] or "/api/v1/ocr" in command
        if command in ELSEWHERE or (reads and command in before):
            continue
        written = command.replace("http://127.0.0.1:8000", service).replace("{id}", job_id).replace("{item}", item_id)
        shown = run(written, desk, known)
        found = re.search(r'"id":"([0-9a-f-]{36})"', shown)
        if found and "-F files" in command:
            job_id = found[1]
            run(f"curl -s {service}/api/v1/jobs/{job_id}?wait=30s", desk, known)
            item_id = json.loads(run(f"curl -s {service}/api/v1/jobs/{job_id}/items", desk, known))["items"][0]["id"]
        elif command == "ocrcore review":
            item_id = json.loads(run(f"{command} --limit 1 --json", desk, known))[0]["id"]
        elif "jobs submit" in command:
            job_id = json.loads(run("ocrcore jobs list --limit 1 --json", desk, known))[0]["id"]
        lines = "\n".join(filter(None, shown.splitlines()))  # engines do not agree about empty ones
        assert lines.startswith(told.partition("\n...")[0])  # up to a line of dots, where there is one
        if reads and "-o" not in command:
            assert READ.search(shown), command
        for file in re.findall(r"-o (\S+[.]pdf)$", command):
            assert READ.search(pdfium((desk / file).read_bytes())), command
            (desk / file).unlink()
    if guide == "docs/http-api.md":
        assert (desk / "page").read_bytes().startswith(b"\x89PNG")
    if (desk / "texts").exists():
        assert READ.search(next((desk / "texts").rglob("*.txt")).read_text())


@pytest.mark.parametrize("command", WATCHING)
def test_a_folder_is_watched_as_the_documents_say(desk: Path, data: Path, command: str) -> None:
    process = subprocess.Popen(["bash", "-c", f"exec {command}"], cwd=desk, env=environment("", data))
    try:
        assert eventually(lambda: list((desk / "archive").glob("*.pdf")))
    finally:
        process.terminate()
    assert process.wait(FOREVER) == 0
    assert "HELLO" in pdfium((desk / "archive/one.png.pdf").read_bytes())


@pytest.mark.parametrize("command", STREAMING)
def test_a_stream_tells_of_a_job_as_the_documents_say(desk: Path, data: Path, service: str, command: str) -> None:
    needed("curl", "curl")
    told = desk / "told"
    with told.open("wb") as file:
        process = subprocess.Popen(command.replace("http://127.0.0.1:8000", service).split(), stdout=file)
    try:
        run(f"curl -F files=@scan.jpg {service}/api/v1/jobs", desk, environment(service, data))
        assert eventually(lambda: b"event: job" in told.read_bytes())
    finally:
        process.terminate()
        process.wait(FOREVER)


@pytest.mark.parametrize("guide", [*GUIDES, "docs/library.md"])
def test_every_python_example_runs(guide: str, desk: Path, service: str, data: Path) -> None:
    for example in examples(guide):
        if not example.startswith(("import", "from")):
            continue  # it shows how a function is called
        done = subprocess.run(
            [sys.executable, "-c", example],
            cwd=desk,
            env=environment(service, data),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert READ.search(done.stdout) or "one.png: 11 characters" in done.stdout, done.stdout


@pytest.mark.parametrize("setting", [field.name for field in fields(Settings)])
def test_every_setting_is_documented(setting: str) -> None:
    assert f"| `{variable(setting)}` |" in SETTINGS


def test_every_variable_that_is_documented_is_a_setting() -> None:
    known = {variable(field.name) for field in fields(Settings)}
    documents = (ROOT / "README.md", *ROOT.glob("docs/**/*.md"))
    named = {name for path in documents for name in re.findall(r"\b(OCR_[A-Z0-9_]+)", path.read_text())}
    assert named <= known | {"OCR_LIMIT_"}
