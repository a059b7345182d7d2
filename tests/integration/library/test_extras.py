"""What ``pip install ocrcore`` brings is enough for the embedded use, and whatever needs more says so."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from entrypoints.extras import MODULES
from ocrcore.testing.patience import FOREVER
from serving import OCRCORE

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
#: Distribution -> its module, where the two differ.
CALLED = {"swagger-ui-py": "swagger_ui", "litestar": "litestar"}


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a process, and of its children, in which the modules of the extras are missing."""
    folder = tmp_path / "bare"
    folder.mkdir()
    missing = sorted({module for modules in MODULES.values() for module in (*modules, "botocore", "opentelemetry")})
    (folder / "sitecustomize.py").write_text(f"import sys\nfor name in {missing}:\n    sys.modules[name] = None\n")
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("OCR_", "OCRCORE_"))}
    path = os.pathsep.join(filter(None, [str(folder), os.environ.get("PYTHONPATH", "")]))
    return clean | {"PYTHONPATH": path}


def run(environment: dict[str, str], *command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, timeout=FOREVER, check=False
    )


def test_the_extras_are_those_of_the_distribution() -> None:
    extras = PROJECT["optional-dependencies"]
    for name, modules in MODULES.items():
        brought = " ".join([*extras[name], *extras["client"]])
        for module in modules:
            assert re.search(rf"\b{module.replace('_', '-')}", brought), (name, module)
    base = " ".join(PROJECT["dependencies"])
    assert [module for modules in MODULES.values() for module in modules if f"{module}>" in base] == []


@pytest.mark.usefixtures("tesseract")
def test_the_embedded_use_needs_no_extra(bare: dict[str, str], page: Path, data: Path, tmp_path: Path) -> None:
    program = f"""
from entrypoints.library import open_local, read
reading = read({str(page)!r})
reading.save({str(tmp_path / "read.pdf")!r})
with open_local({str(data)!r}, slots=1) as ocr:
    job = ocr.wait(ocr.submit({str(page)!r}).id)
    print(reading.text, ocr.result(job.id), ocr.result(job.id, "pdf")[:4], len(list(ocr.search("hello"))))
"""
    ended = run(bare, sys.executable, "-c", program)
    assert (ended.stderr, ended.stdout) == ("", "HELLO HELLO b'%PDF' 1\n")
    read = run(bare, *OCRCORE, "ocr", page)
    assert (read.returncode, read.stdout, read.stderr) == (0, "HELLO\n", "")


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("serve",), {}, "The service over HTTP needs an extra that is not installed: pip install '.[http]'"),
        (("jobs", "list"), {}, "The client of a service needs an extra that is not installed: pip install"),
        (
            ("worker",),
            {"OCR_DATABASE_URL": "mysql+pymysql://ocr@127.0.0.1:1/ocr"},
            "A database of MySQL or MariaDB needs an extra that is not installed: pip install '.[mysql]'",
        ),
        (
            ("worker",),
            {"OCR_DOCUMENTS": "s3", "OCR_S3_BUCKET": "scans"},
            "A part of the backend on AWS needs an extra that is not installed: pip install '.[aws]'",
        ),
        (
            ("worker",),
            {"OCR_AUTH": "keys,oidc", "OCR_OIDC_ISSUER": "https://issuer.example", "OCR_OIDC_AUDIENCE": "ocrcore"},
            "OCR_AUTH=keys,oidc needs an extra that is not installed: pip install '.[oidc]'",
        ),
    ],
    ids=["http", "client", "mysql", "aws", "oidc"],
)
def test_what_needs_an_extra_says_so_in_one_sentence(
    bare: dict[str, str], data: Path, arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    ended = run(bare | {"OCR_DATA_DIR": str(data)} | environment, *OCRCORE, *arguments)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"ocrcore: {words}")
    assert ended.stderr.count("\n") == 1


def test_a_program_that_needs_an_extra_gets_an_import_error_that_says_which(bare: dict[str, str]) -> None:
    ended = run(bare, sys.executable, "-c", "from entrypoints.client import Client")
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("entrypoints.extras.ExtraMissing: The client of a service needs an extra")


def test_traces_that_need_an_extra_are_left_out_with_one_line(bare: dict[str, str], data: Path) -> None:
    program = f"from entrypoints.library import open_local\nopen_local({str(data)!r}, slots=0).close()"
    ended = run(bare | {"OTEL_TRACES_EXPORTER": "otlp"}, sys.executable, "-c", program)
    assert (ended.returncode, ended.stderr.count("\n")) == (0, 1)
    assert "which needs an extra that is not installed: pip install '.[otel]'" in ended.stderr


@pytest.mark.parametrize(("engine", "module"), [("ppocr", "onnxruntime"), ("tesserocr", "tesserocr")])
def test_an_engine_that_needs_an_extra_says_which(engine: str, module: str) -> None:
    program = f"""
import sys
sys.modules[{module!r}] = None
from adapters.engines.reader import create_reader
create_reader({engine!r})
"""
    ended = run(dict(os.environ), sys.executable, "-c", program)
    assert ended.stderr.splitlines()[-1].endswith(
        f"{engine} needs an extra that is not installed whole: pip install '.[{engine}]' in the sources of ocrcore."
    )
