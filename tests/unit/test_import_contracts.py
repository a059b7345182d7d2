"""The import contracts hold, and would not if somebody broke them."""

import graphlib
import shutil
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
LINTER = str(Path(sys.executable).parent / "lint-imports")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_contracts_hold(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "planted"),
    [
        ("ocrcore/domain/job.py", "import sqlalchemy"),
        ("ocrcore/application/worker/worker.py", "import boto3"),
        ("ocrcore/domain/item.py", "import ocrcore.ports.clock"),
        ("ocrcore/ports/clock.py", "import ocrcore.application.worker.worker"),
        ("ocrcore/application/upkeep/upkeep.py", "import adapters.memory.clock"),
        ("adapters/memory/clock.py", "import entrypoints.settings"),
        ("adapters/memory/ids.py", "import dependency_injector"),
        ("entrypoints/http/app.py", "import dependency_injector"),
        ("ocrcore/application/jobs/read.py", "import ocrcore.application.worker.worker"),
        ("ocrcore/application/upkeep/expire.py", "import ocrcore.application.jobs.read"),
        ("ocrcore/application/fleet.py", "import ocrcore.application.doctor.examine"),
        ("entrypoints/client/client.py", "import entrypoints.http.app"),
        ("entrypoints/worker/threads.py", "import entrypoints.cli.ocr"),
        ("entrypoints/settings.py", "import entrypoints.backends.parts"),
    ],
)
def test_a_planted_violation_is_caught(copy: Path, file: str, planted: str) -> None:
    path = copy / "src" / file
    path.write_text(f"{planted}\n{path.read_text()}")
    done = lint(copy)
    assert done.returncode == 1
    assert "BROKEN" in done.stdout


def test_no_module_imports_itself_by_way_of_others() -> None:
    graph = grimp.build_graph("ocrcore", "adapters", "entrypoints", exclude_type_checking_imports=True, cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    graphlib.TopologicalSorter(imports).prepare()  # raises CycleError with the circle
