"""The example of docs/adapters.md: a distribution that brings a part and an engine, built, installed and used."""

import io
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "ocrcore-onefile"
_DOCUMENT = ROOT / "docs" / "adapters.md"


@dataclass
class Machine:
    """A virtual environment with both distributions installed from wheels, and the dependencies of this one."""

    folder: Path
    #: What tests installed besides.
    brought: list[Path] = field(default_factory=list)

    def run(self, *command: str, **settings: str) -> subprocess.CompletedProcess[str]:
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("OCR", "PYTHON"))}
        environment = clean | {"OCR_DATA_DIR": str(self.folder / "data")} | settings
        return subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def brings(self, name: str, group: str, entry: str, module: str = "") -> None:
        """Install a distribution with one entry point, and perhaps a module."""
        site = self.folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
        told = site / f"{name.replace('-', '_')}-1.0.dist-info"
        told.mkdir()
        self.brought.append(told)
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (told / "entry_points.txt").write_text(f"[{group}]\n{entry}\n")
        if module:
            self.brought.append(site / f"{entry.partition('= ')[2].partition(':')[0]}.py")
            self.brought[-1].write_text(module)

    def forget(self) -> None:
        """Remove the data, and what was installed besides."""
        shutil.rmtree(self.folder / "data", ignore_errors=True)
        for path in self.brought:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.brought.clear()


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Sequence[Path]:
    return built_wheels(tmp_path_factory.mktemp("wheels"))


def built_wheels(folder: Path) -> Sequence[Path]:
    """Build both, with the backend that is installed here, so without a network."""
    for source in (ROOT, EXAMPLE):
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
            cwd=source,
            check=True,
            capture_output=True,
        )
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheels: Sequence[Path], tmp_path_factory: pytest.TempPathFactory) -> Machine:
    folder = tmp_path_factory.mktemp("venv") / "machine"
    venv.create(folder, with_pip=False, symlinks=True)
    site = folder / "lib" / f"python{sysconfig.get_python_version()}" / "site-packages"
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--quiet", "--no-index"]
    subprocess.run([*pip, "--no-deps", "--disable-pip-version-check", *map(str, wheels)], check=True)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib"))  # whose own .pth files are not read
    return Machine(folder)


@pytest.fixture
def machine(installed: Machine) -> Iterator[Machine]:
    yield installed
    installed.forget()


def test_the_document_shows_the_very_files() -> None:
    shown = dict(re.findall(r"`examples/ocrcore-onefile/(\S+)`:\n\n```\w+\n(.*?)```", _DOCUMENT.read_text(), re.DOTALL))
    assert len(shown) == 4
    for name, text in shown.items():
        assert (EXAMPLE / name).read_text() == text, name


def test_the_example_passes_the_suites_where_it_is_installed(machine: Machine, tmp_path: Path) -> None:
    passes_the_suites(machine, tmp_path)


def passes_the_suites(machine: Machine, folder: Path) -> None:
    """Run the example's own tests where it is installed."""
    tests = folder / "test_onefile.py"
    tests.write_text((EXAMPLE / "tests" / "test_onefile.py").read_text())
    done = machine.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(tests))
    assert done.returncode == 0, done.stdout
    where = machine.run("python", "-c", "import ocrcore, ocrcore_onefile; print(ocrcore.__file__)")
    assert where.stdout.startswith(str(machine.folder)), where.stderr


def test_the_part_keeps_documents_and_the_engine_reads_them(machine: Machine, tmp_path: Path, tesseract: str) -> None:
    assert tesseract
    (tmp_path / "code.png").write_bytes(barcode("OCR-7"))
    parts = {"OCR_DOCUMENTS": "onefile"}
    program = f"""
from entrypoints.library import open_local
with open_local({str(machine.folder / "data")!r}, slots=1) as ocr:
    job = ocr.wait(ocr.submit([{str(tmp_path / "code.png")!r}], engine="code39").id, timeout=60)
    (item,) = ocr.items(job.id)
    print(item.ocr_text, item.engine, item.s3_key.startswith("jobs/"), sep="|")
"""
    done = machine.run("python", "-c", program, **parts)
    assert done.stdout == "OCR-7|code39 1.0|True\n", done.stderr
    kept = {path.name for path in (machine.folder / "data").iterdir()}
    assert kept >= {"documents.sqlite3", "ocr.sqlite3"}
    assert "documents" not in kept
    checked = machine.run("ocrcore", "doctor", **parts)
    assert checked.stdout == "Nothing disagrees.\n", checked.stderr
    read = machine.run("ocrcore", "ocr", "--engine", "code39", str(tmp_path / "code.png"), OCR_SANDBOX="require")
    assert read.stdout.strip() == "OCR-7", read.stderr


@pytest.mark.parametrize(
    ("entry", "module", "why"),
    [
        ("tape = ocr_tape:open_part", "raise ValueError('no tape in the drive')", "ValueError: no tape in the drive"),
        ("tape = ocr_missing:open_part", "", "No module named 'ocr_missing'"),
        ("tape = ocr_tape:open_part", "def open_part(about): return 7", "it returned int, and not DocumentsPart"),
        (
            "tape = ocr_tape:open_part",
            "from ocrcore.plugins import PartRefused\ndef open_part(about): raise PartRefused('TAPE must be set.')",
            "cannot be used: TAPE must be set.",
        ),
    ],
)
def test_a_broken_part_is_one_line_that_names_its_distribution(
    machine: Machine, entry: str, module: str, why: str
) -> None:
    machine.brings("ocr-tape", "ocrcore.documents", entry, module)
    refused = machine.run("ocrcore", "init", OCR_DOCUMENTS="tape")
    assert (refused.returncode != 0, refused.stderr.count("\n")) == (True, 1), refused.stderr
    assert "ocr-tape 1.0" in refused.stderr
    assert why in refused.stderr
    chosen = machine.run("ocrcore", "init")  # it is not loaded unless it is chosen
    assert chosen.returncode == 0, chosen.stderr


def test_a_name_of_two_distributions_is_one_line_that_names_both(machine: Machine) -> None:
    machine.brings("ocr-tape", "ocrcore.documents", "onefile = ocr_tape:open_part")
    refused = machine.run("ocrcore", "init", OCR_DOCUMENTS="onefile")
    assert (refused.returncode != 0, refused.stderr.count("\n")) == (True, 1), refused.stderr
    assert "ocr-tape 1.0" in refused.stderr
    assert "ocrcore-onefile 1.0" in refused.stderr


def test_a_part_that_nobody_brings_is_one_line_with_those_that_there_are(machine: Machine) -> None:
    refused = machine.run("ocrcore", "init", OCR_DOCUMENTS="paper")
    assert (refused.returncode != 0, refused.stderr.count("\n")) == (True, 1), refused.stderr
    assert "there are: folder, s3, onefile" in refused.stderr


def test_an_engine_that_has_the_name_of_another_stops_the_start(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "code.png").write_bytes(barcode("42"))
    machine.brings("ocr-other", "ocrcore.engines", "tesseract = ocr_other:Engine")
    refused = machine.run("ocrcore", "ocr", str(tmp_path / "code.png"))
    assert (refused.returncode != 0, refused.stderr.count("\n")) == (True, 1), refused.stderr
    assert "ocr-other 1.0" in refused.stderr


def test_a_broken_engine_is_missing_and_the_others_read_on(machine: Machine, tmp_path: Path, tesseract: str) -> None:
    assert tesseract
    (tmp_path / "code.png").write_bytes(barcode("42"))
    machine.brings("ocr-broken", "ocrcore.engines", "broken = ocr_broken:Engine", "import os; os.abort()")
    read = machine.run("ocrcore", "ocr", "--engine", "code39", str(tmp_path / "code.png"))
    assert read.stdout.strip() == "42", read.stderr
    refused = machine.run("ocrcore", "ocr", "--engine", "broken", str(tmp_path / "code.png"))
    assert refused.returncode != 0
    assert "Traceback" not in refused.stderr
    assert "broken" in refused.stderr


def barcode(text: str) -> bytes:
    """Return a PNG of a barcode, drawn by the table of the example."""
    source = (EXAMPLE / "src/ocrcore_onefile/engine.py").read_text()
    codes = dict(re.findall(r'"(.)": "([01]{9})"', source))
    row = [255] * 40
    for letter in f"*{text}*":
        for place, wide in enumerate(codes[letter]):
            row += [255 if place % 2 else 0] * (9 if wide == "1" else 3)
        row += [255] * 3
    row += [255] * 40
    picture = Image.new("L", (len(row), 120), 255)
    picture.paste(Image.frombytes("L", (len(row), 1), bytes(row)).resize((len(row), 60)), (0, 30))
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()
