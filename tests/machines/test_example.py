"""The worked example, installed in a clean environment: what a distribution does not name is not there."""

import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import write_slim_lock
from integration.deploy.test_example import ROOT, Machine, built_wheels, passes_the_suites

#: What the lock of the tests has besides, that is not needed here: the largest engine.
_LEFT_OUT = frozenset({"ppocr", "rapidocr"})


def test_the_example_needs_nothing_that_no_distribution_names(tmp_path: Path) -> None:
    lock, folder = tmp_path / "lock", tmp_path / "machine"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lock.write_text(write_slim_lock.slim((ROOT / "requirements.lock").read_text(), project, _LEFT_OUT))
    venv.create(folder, with_pip=False, symlinks=True)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(folder / "bin" / "python")]
    _run(*pip, "install", "--quiet", "--no-deps", "--require-hashes", "-r", str(lock))
    _run(*pip, "install", "--quiet", "--no-index", *map(str, built_wheels(tmp_path)))  # whose needs must be there
    assert _run(*pip, "check") == "No broken requirements found.\n"
    passes_the_suites(Machine(folder), tmp_path)


def _run(*command: str) -> str:
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return done.stdout
