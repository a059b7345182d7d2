import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import ocrcore
from ocrcore.testing.patience import FOREVER, within
from ocrcore_start import ForeignPackage, _hash, _overwritten, broken_by_ours, check_ours

#: The program as it was installed beside the interpreter that runs the tests.
PROGRAM = str(Path(sys.executable).parent / "ocrcore")


def start(path: Path, code: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": str(path)}
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=FOREVER, check=False
    )


def plant(folder: Path, name: str) -> Path:
    """Return the folder, with another distribution's package in it."""
    (folder / name).mkdir()
    (folder / name / "__init__.py").write_text("raise RuntimeError('foreign code ran')\n")
    return folder


def test_the_library_says_what_it_is_and_has() -> None:
    assert ocrcore.__version__ == version("ocrcore")
    assert {"OcrService", "Job", "OcrError", "__version__"} <= set(dir(ocrcore))
    ended = subprocess.run([sys.executable, "-m", "ocrcore", "--version"], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.split()[-1], ended.stderr) == (0, ocrcore.__version__, "")


def test_packages_that_belong_together_pass() -> None:
    check_ours()


@pytest.mark.parametrize("name", ["ocrcore", "adapters", "entrypoints"])
@pytest.mark.parametrize("arguments", [["ocr", "a.jpg"], ["jobs", "list"], ["serve"], ["--help"]], ids=" ".join)
def test_a_command_with_a_foreign_package_before_ours_ends_with_one_line(
    tmp_path: Path, name: str, arguments: list[str]
) -> None:
    ended = subprocess.run(
        [PROGRAM, *arguments],
        env=os.environ | {"PYTHONPATH": str(plant(tmp_path, name))},
        capture_output=True,
        text=True,
        timeout=FOREVER,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"ocrcore: The package {name} in {tmp_path / name} is not the one")
    assert ended.stderr.count("\n") == 1


def test_the_library_with_a_foreign_package_before_ours_says_so(tmp_path: Path) -> None:
    ended = start(plant(tmp_path, "adapters"), "from entrypoints.library import open_local\nwith open_local('x'): pass")
    assert "ForeignPackage: The package adapters in" in ended.stderr
    assert "foreign code ran" not in ended.stderr


def test_a_foreign_module_before_ours_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "adapters.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "adapters", raising=False)
    with pytest.raises(ForeignPackage, match=r"adapters\.py"):
        check_ours()


def test_a_package_that_another_was_installed_over_is_seen(tmp_path: Path) -> None:
    for name in ("adapters", "entrypoints"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text(f"# {name}\n")
    record = tmp_path / "ocrcore-0.2.0.dist-info" / "RECORD"
    record.parent.mkdir()
    files = [tmp_path / name / "__init__.py" for name in ("adapters", "entrypoints")]
    record.write_text("".join(f"{file.relative_to(tmp_path)},{_hash(file)},10\n" for file in files))
    assert list(_overwritten(tmp_path)) == []
    files[0].write_text("# another's\n")
    assert list(_overwritten(tmp_path)) == ["adapters"]


def distribution(folder: Path, name: str, version: str, *requires: str) -> None:
    metadata = folder / f"{name}-{version}.dist-info/METADATA"
    metadata.parent.mkdir()
    lines = [f"Name: {name}", f"Version: {version}", *(f"Requires-Dist: {one}" for one in requires)]
    metadata.write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")


def test_every_start_names_the_programs_that_find_ours_in_place_of_anothers(tmp_path: Path) -> None:
    """As papermill, which needs the module of the distribution entrypoints."""
    (tmp_path / "entrypoints.py").write_text("")
    distribution(tmp_path, "entrypoints", "0.4")
    distribution(tmp_path, "papermill", "2.6.0", "click", "entrypoints")
    distribution(tmp_path, "notebooks", "1.0", 'entrypoints>=0.2; extra == "all"')
    distribution(tmp_path, "adapters", "1.2.0")
    code = f"import sys; sys.path.append({str(tmp_path)!r}); import ocrcore_start as s; sys.argv[1:] = ['doctor', '-h']"
    ended = start(Path("/nowhere"), f"{code}; s.main()")
    assert (ended.returncode, "Usage: " in ended.stdout) == (0, True)
    why = "here, because ocrcore has a package of that name;"
    advice = f"{why} install ocrcore in an environment of its own (python3 -m venv, pipx, uv tool)."
    assert ended.stderr.splitlines() == [
        f"ocrcore: Other programs cannot use adapters 1.2.0 {advice}",
        f"ocrcore: papermill 2.6.0 cannot use entrypoints 0.4 {advice}",
    ]


@pytest.mark.parametrize("package", ["adapters", "entrypoints"])
def test_a_program_that_finds_ours_in_place_of_anothers_is_told_so(package: str) -> None:
    ended = start(Path("/nowhere"), f"import {package}; {package}.get_group_all('kernels')")
    assert ended.stderr.splitlines()[-1] == (
        f"AttributeError: This {package} is ocrcore's, which has no get_group_all; install ocrcore in an environment of"
        " its own, apart from the program that needs another package of this name."
    )


def test_the_check_takes_less_than_ten_milliseconds() -> None:
    with within(10 * 0.010):
        for _ in range(10):
            check_ours()
            assert broken_by_ours() == ()
