"""Mutation tests: make small changes to the domain and the application, and count those that no unit test detects.

They run in a copy, ``.mutants``. The exit code is 1 if a package is below its bound. Survivors are printed;
``docs/mutants.md`` describes them, and why they are left.
"""

import json
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
WORK: Final = ROOT / ".mutants"
#: Package of ``src/ocrcore`` -> the share of its mutants that must be killed, in percent.
BOUNDS: Final = {"domain": 97.0, "application": 92.0}
#: Unit tests; each runs against the mutants of the code that it reaches.
TESTS: Final = ("tests/unit/domain", "tests/unit/application", "tests/unit/formats", "tests/unit/adapters/memory")
CONFIG: Final = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {json.dumps([f"src/ocrcore/{package}/*" for package in BOUNDS])}
# Log messages are not tested.
do_not_mutate_patterns = ["_log\\\\."]
pytest_add_cli_args = ["-p", "no:cacheprovider", "-p", "no:xdist", "-q"]
pytest_add_cli_args_test_selection = {json.dumps(TESTS)}
also_copy = ["scripts", "docs", "README.md"]
use_git_change_detection = false
# A mutant that never ends is found out after four times the time of its tests, not fifteen.
timeout_multiplier = 4.0
"""
#: mutmut's statuses of a detected mutant: a test failed, crashed or did not end.
KILLED: Final = frozenset({"killed", "timeout", "suspicious", "segfault", "caught by type check"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change."""

    name: str
    status: str

    @property
    def package(self) -> str:
        """The changed package."""
        return self.name.split(".")[1]


def main() -> None:
    """Run the mutants, and print how many of each package were killed."""
    prepare()
    subprocess.run([sys.executable, "-m", "mutmut", "run"], cwd=WORK, check=False)
    mutants = results()
    survivors = [mutant for mutant in mutants if mutant.status not in KILLED]
    for mutant in survivors:
        print(f"{mutant.status}: {mutant.name}")
    total, left = Counter(one.package for one in mutants), Counter(one.package for one in survivors)
    short = False
    for package, bound in BOUNDS.items():
        killed = total[package] - left[package]
        share = 100 * killed / max(1, total[package])
        short = short or share < bound
        print(f"{package}: {killed} of {total[package]} mutants killed, {share:.1f} % (at least {bound:.0f} %)")
    sys.exit(1 if short else 0)


def prepare() -> None:
    """Copy the sources, tests and documents. Of the earlier results, those of killed mutants are kept."""
    WORK.mkdir(exist_ok=True)
    for folder in ("src", "tests", "scripts", "docs"):
        shutil.rmtree(WORK / folder, ignore_errors=True)
        shutil.copytree(ROOT / folder, WORK / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "README.md", WORK)
    (WORK / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text() + CONFIG)
    forget_survivors()


def forget_survivors() -> None:
    """Have every survivor run again, and find out again which tests reach which code: there may be new ones."""
    (WORK / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    for file in (WORK / "mutants").rglob("*.meta"):
        kept = json.loads(file.read_text())
        codes = kept["exit_code_by_key"]
        kept["exit_code_by_key"] = {name: None if code == 0 else code for name, code in codes.items()}
        file.write_text(json.dumps(kept))


def results() -> list[Mutant]:
    """Return every mutant of the last run."""
    command = [sys.executable, "-m", "mutmut", "results", "--all", "true"]
    listed = subprocess.run(command, cwd=WORK, check=True, capture_output=True, text=True)  # noqa: S603 - a tool of ours
    rows = (line.strip().rpartition(": ") for line in listed.stdout.splitlines() if ": " in line)
    return [Mutant(name, status) for name, _, status in rows if name.startswith("ocrcore.")]


if __name__ == "__main__":
    main()
