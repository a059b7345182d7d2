"""What a strictly typed program of a user sees of the packages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

import documented

ROOT = Path(__file__).parents[3]


def examples() -> tuple[str, str]:
    """Return the README's examples of the library: a call, and a session."""
    call, session = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    return call, session


@pytest.mark.parametrize("package", ["ocrcore", "adapters", "entrypoints"])
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / "src" / package / "py.typed").is_file()


def test_the_examples_are_typed_to_the_last_name(tmp_path: Path) -> None:
    """Those of the README and of the guide, and what is in a layout."""
    call, session = examples()
    programs = [tmp_path / f"guide_{number}.py" for number, _ in enumerate(documented.examples("docs/how-to.md"))]
    for path, text in zip(programs, documented.examples("docs/how-to.md"), strict=True):
        path.write_text(text)
    program = tmp_path / "example.py"
    program.write_text(
        f"{call}reveal_type(result.pages[0].lines)\n"
        "from entrypoints.library import Reading, ReadPage\n"
        "def first(reading: Reading) -> ReadPage:\n    return reading.pages[0]\n"
        f"{session}    reveal_type(ocr)\n    reveal_type(job)\n    reveal_type(ocr.items(job.id))\n"
        f"    for layout in ocr.layouts(job.id):\n        reveal_type(layout['lines'][0]['words'][0]['bbox'])\n"
    )
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)]
    command += map(str, programs)
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    assert re.findall(r'type is "([^"]+)"', checked.stdout) == [
        "typing.Sequence[ocrcore.domain.layout.Line]",
        "entrypoints.library.session.Session",
        "ocrcore.domain.job.Job",
        "typing.Sequence[ocrcore.domain.item.Item]",
        "list[int]",
    ]


def test_the_types_of_results_are_where_the_functions_are() -> None:
    told = "from entrypoints.library import *; print(Reading.__name__, ReadPage.__name__, Session.__name__)"
    shown = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=False)
    assert (shown.stdout, shown.stderr) == ("Reading ReadPage Session\n", "")
