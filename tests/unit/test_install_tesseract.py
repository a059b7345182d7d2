"""``scripts/install-tesseract`` where nothing can be installed: there is no apt."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from needed import needed

_SCRIPT = Path(__file__).parents[2] / "scripts" / "install-tesseract"


def _install(folder: Path, *languages: str, tesseract: bool = True) -> subprocess.CompletedProcess[str]:
    """Run it with a Tesseract that has these languages only, and without apt."""
    (folder / "bin").mkdir()
    (folder / "scripts").mkdir()
    shutil.copy(_SCRIPT, folder / "scripts")
    for program in ("bash", "dirname", "grep", "id"):
        (folder / "bin" / program).symlink_to(needed(program, program))
    if tesseract:
        # Not the real one, which may be a script that names its languages itself.
        listed = "\n".join([f'List of available languages in "/" ({len(languages)}):', *languages])
        listing = folder / "bin" / "tesseract"
        listing.write_text(f"#!{shutil.which('sh')}\n[ \"$1\" = --list-langs ] || exit 1\necho '{listed}'\n")
        listing.chmod(0o755)
    environment = {"PATH": str(folder / "bin"), "LANG": os.environ.get("LANG", "C")}
    return subprocess.run(
        [str(folder / "scripts/install-tesseract")], env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("languages", "status", "told"),
    [
        (("eng", "por"), 0, ""),
        (("eng",), 0, "Tesseract has no language por, which only `make demo` and the tests read; going on"),
        (("por",), 1, "Install Tesseract with the language eng"),
    ],
)
def test_english_is_enough_where_nothing_can_be_installed(
    tmp_path: Path, languages: tuple[str, ...], status: int, told: str
) -> None:
    ended = _install(tmp_path, *languages)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert told in ended.stderr
    assert bool(ended.stderr) is bool(told)


def test_without_tesseract_it_says_what_to_install(tmp_path: Path) -> None:
    ended = _install(tmp_path, tesseract=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("There is no apt-get here. Install Tesseract with the language eng, ")
    assert ended.stderr.endswith("by your system's package manager, and run this again.\n")
