"""A release: the same bytes from the same sources, and a list of what is in it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

import release
from aws_template import ROOT
from needed import missing

_TOOLS = ROOT / ".audit/bin"
_SOURCES = ("src", "docs", "deploy", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile")


def _copy(folder: Path) -> Path:
    """Return a copy of what a release is built from, without what programs left there."""
    folder.mkdir()
    for name in (*_SOURCES, "pyproject.toml", "requirements.lock", "hatch_build.py"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
        else:
            shutil.copyfile(source, folder / name)
    return folder


def _sums(files: list[Path]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_two_builds_of_the_same_sources_are_the_same_bytes(tmp_path: Path) -> None:
    """In other folders, at other times, with other rights of the files."""
    first, second = _copy(tmp_path / "first"), _copy(tmp_path / "a longer name")
    for file in second.rglob("*"):
        if file.is_file():
            file.chmod(0o640 | (file.stat().st_mode & 0o100))  # whether it may be run is a part of the sources
            os.utime(file, (1_000_000_000, 1_000_000_000))
    before = os.umask(0o077)
    try:
        rebuilt = release.build(second, tmp_path / "two")
    finally:
        os.umask(before)
    built = release.build(first, tmp_path / "one")
    assert [file.suffix for file in built] == [".whl", ".gz"]
    assert _sums(built) == _sums(rebuilt)


def test_the_wheel_has_the_packages_and_the_sdist_what_builds_it(tmp_path: Path) -> None:
    wheel, sdist = release.build(_copy(tmp_path / "sources"), tmp_path / "dist")
    with zipfile.ZipFile(wheel) as archive:
        assert {name.partition("/")[0] for name in archive.namelist()} == {
            *("ocrcore", "adapters", "entrypoints", "ocrcore_start.py", f"ocrcore-{release.version()}.dist-info"),
            f"ocrcore-{release.version()}.data",  # the manual page and the completions
        }
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    again, _ = release.build(unpacked, tmp_path / "again")
    assert again.read_bytes() == wheel.read_bytes()


def test_version_and_changelog_agree() -> None:
    assert release.mistakes() == []


@pytest.mark.parametrize(
    ("number", "changelog", "word"),
    [
        ("1.2", "## 1.2, 2026-11-27\n", "not of the form"),
        ("1.2.0", "## 1.1.0, 2026-11-27\n", "first heading"),
        ("1.2.0", "# Changelog\n", "first heading"),
        ("1.2.0", "## 1.2.0, 2026-11-27\n## 1.0.0, 2026-01-01\n## 1.1.0, 2026-02-01\n", "not in order"),
    ],
)
def test_what_does_not_agree_is_named(tmp_path: Path, number: str, changelog: str, word: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "{number}"\n')
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    (mistake,) = release.mistakes(tmp_path)
    assert word in mistake


@pytest.fixture
def tools() -> Path:
    if not (_TOOLS / "cyclonedx-py").exists():
        missing("there are no tools of a release (make .audit/.stamp)")
    return _TOOLS


def test_the_list_of_components_is_what_the_lock_installs(tools: Path, tmp_path: Path) -> None:
    first = release.list_components(tools, tmp_path).read_bytes()
    assert release.list_components(tools, tmp_path).read_bytes() == first
    listed = json.loads(first)
    assert (listed["bomFormat"], listed["specVersion"]) == ("CycloneDX", "1.6")
    assert (listed["metadata"]["component"]["name"], listed["metadata"]["component"]["version"]) == (
        "ocrcore",
        release.version(),
    )
    locked = set(re.findall(r"^([\w.-]+)==([\w.]+)", (ROOT / "deploy/requirements.lock").read_text(), re.MULTILINE))
    assert {(one["name"], one["version"]) for one in listed["components"]} == locked
    assert b"file:" not in first
    assert str(ROOT).encode() not in first


def test_without_a_network_the_audit_says_so(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    assert "there is no network" in (release.audit(tools) or "")


def _pretend(folder: Path, stdout: str, stderr: str, status: int) -> Path:
    """Return a folder with a pip-audit that answers so."""
    program = folder / "pip-audit"
    program.write_text(f"#!/bin/sh\necho '{stdout}'\necho '{stderr}' >&2\nexit {status}\n")
    program.chmod(0o755)
    return folder


def test_a_known_weakness_ends_the_release(tmp_path: Path) -> None:
    tools = _pretend(tmp_path, "pillow 1.0 PYSEC-1", "Found 1 known vulnerability in 1 package", 1)
    with pytest.raises(SystemExit, match="PYSEC-1"):
        release.audit(tools)


def test_an_audit_that_fails_otherwise_ends_it_too(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="broken"):
        release.audit(_pretend(tmp_path, "", "broken", 1))


def test_a_clean_audit_says_nothing(tmp_path: Path) -> None:
    assert release.audit(_pretend(tmp_path, "", "No known vulnerabilities found", 0)) is None


def test_the_sums_can_be_checked(tmp_path: Path) -> None:
    file = tmp_path / "a.whl"
    file.write_bytes(b"x")
    release.write_sums([file], tmp_path)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
