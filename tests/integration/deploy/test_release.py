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
from last_tag import last_tag
from needed import missing

_TOOLS = ROOT / ".audit/bin"
_SOURCES = ("src", "docs", "deploy", "examples", "README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile")


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
            f"ocrcore-{release.version()}.data",
        }
        assert {name.partition(".data/data/")[2] for name in archive.namelist() if ".data/" in name} == {
            "share/man/man1/ocrcore.1",
            "share/bash-completion/completions/ocrcore",
            "share/zsh/site-functions/_ocrcore",
            "share/fish/vendor_completions.d/ocrcore.fish",
        }
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    for installed in re.findall(
        r"^\$ pip install (examples/\S+)$", (ROOT / "docs/adapters.md").read_text(), re.MULTILINE
    ):
        assert (unpacked / installed / "pyproject.toml").exists()
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
        ("1.2.0", "## 1.2.0, 2026-11-27\n## 1.0.9, 2026-01-01\n", "After 1.0.9 comes one of 1.0.10, 1.1.0, 2.0.0"),
        ("1.0.1", "## 1.0.1, 2026-11-27\n*Breaking*: x\n## 1.0.0, 2026-01-01\n", "a MAJOR is needed"),
        ("0.1.1", "## 0.1.1, 2026-11-27\n*Breaking*: x\n## 0.1.0, 2026-01-01\n", "a MINOR is needed"),
        ("1.3.0rc1", "## 1.3.0rc1, 2026-11-27\n## 1.1.0, 2026-01-01\n", "After 1.1.0 comes one of"),
    ],
)
def test_what_does_not_agree_is_named(tmp_path: Path, number: str, changelog: str, word: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "{number}"\n')
    (tmp_path / "CHANGELOG.md").write_text(changelog)
    (mistake,) = release.mistakes(tmp_path)
    assert word in mistake


@pytest.mark.parametrize(
    ("number", "before"), [("1.0.1", "1.0.0"), ("1.1.0", "1.0.7"), ("2.0.0", "1.4.2"), ("1.1.0rc1", "1.0.0")]
)
def test_each_step_of_the_version_rule_is_taken(tmp_path: Path, number: str, before: str) -> None:
    (tmp_path / "pyproject.toml").write_text(f'[project]\nversion = "{number}"\n')
    told = f"## {number}, 2026-11-27\n- new\n## {before}, 2026-01-01\n- *Breaking*: old\n"
    (tmp_path / "CHANGELOG.md").write_text(told)
    assert release.mistakes(tmp_path) == []
    assert release.notes(tmp_path) == "- new\n"


def _commit(root: Path, version: str) -> None:
    """Commit a version, as whoever."""
    (root / "pyproject.toml").write_text(f'[project]\nversion = "{version}"\n')
    who = ("-c", "user.name=Nobody", "-c", "user.email=nobody@example.org", "-c", "commit.gpgsign=false")
    for command in (("add", "pyproject.toml"), (*who, "commit", "--quiet", "-m", version)):
        subprocess.run(["git", "-C", root, *command], check=True)


def test_a_release_is_of_a_commit_and_of_one_only(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nversion = "1.0.0"\n')
    (why,) = release.untidy(tmp_path)
    assert "no checkout" in why
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    _commit(tmp_path, "1.0.0")
    subprocess.run(["git", "-C", tmp_path, "tag", "v1.0.0"], check=True)
    assert release.untidy(tmp_path) == []
    (tmp_path / "stray.py").touch()
    assert release.untidy(tmp_path) == ["Not committed: stray.py"]
    (tmp_path / "stray.py").unlink()
    (tmp_path / "CHANGELOG.md").write_text("later\n")
    subprocess.run(["git", "-C", tmp_path, "add", "CHANGELOG.md"], check=True)
    _commit(tmp_path, "1.0.0")
    (why,) = release.untidy(tmp_path)
    assert why == "The tag v1.0.0 is there, at another commit: a version is released once."
    _commit(tmp_path, "1.0.1")
    assert release.untidy(tmp_path) == []


def test_upgrades_are_tested_from_the_highest_release_before_this_commit(tmp_path: Path) -> None:
    assert last_tag(tmp_path) is None
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    _commit(tmp_path, "0.9.0")
    assert last_tag(tmp_path) is None
    for number, tags in (("1.0.0", ["v1.9.0", "v1.10.0"]), ("1.0.1", ["v2.0.0rc1", "other"]), ("1.0.2", ["v2.0.0"])):
        _commit(tmp_path, number)
        for tag in tags:
            subprocess.run(["git", "-C", tmp_path, "tag", tag], check=True)
    assert last_tag(tmp_path) == "v1.10.0"  # the tag of this commit is not before it
    _commit(tmp_path, "1.0.3")
    assert last_tag(tmp_path) == "v2.0.0"


def test_what_is_left_to_do_depends_on_what_was_done() -> None:
    done = release.left_to_do(dated=True, audited=True, this="1.2.0")
    assert len(done) == 4
    assert any("git tag -s v1.2.0" in step for step in done)
    missing_both = release.left_to_do(dated=False, audited=False, this="1.2.0")
    assert missing_both[2:] == done
    assert "date" in missing_both[0]
    assert "network" in missing_both[1]


def test_the_file_for_machines_is_no_sdist_and_has_no_passwords(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is built without a network, too."""
    sources = _copy(tmp_path / "sources")
    (sources / "deploy/compose.env").write_text("MYSQL_PASSWORD=secret\n")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/")  # nobody listens there
    file = release.build_for_machines(sources, tmp_path / "dist")
    assert file == tmp_path / "dist" / f"ocrcore-{release.version()}-machine.tar.gz"
    with tarfile.open(file) as archive:
        names = set(archive.getnames())
    assert {
        "./requirements.lock",
        "./deploy/install",
        "./deploy/ocrcore",
        f"./ocrcore-{release.version()}-py3-none-any.whl",
    } <= names
    assert "./deploy/compose.env" not in names


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


@pytest.mark.long
def test_a_rehearsal_makes_every_file_of_a_release(
    tools: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole command, on the sources as they lie there, without a network."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setattr(
        "sys.argv", ["release.py", "--rehearse", "--tools", str(tools), "--target", str(tmp_path / "dist")]
    )
    release.main()
    told, this = capsys.readouterr().out, release.version()
    files = {"-machine.tar.gz", ".tar.gz", "-py3-none-any.whl", ".cdx.json", ".md"}
    assert {file.name for file in (tmp_path / "dist").iterdir()} == {
        "SHA256SUMS",
        *(f"ocrcore-{this}{end}" for end in files),
    }
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path / "dist", check=True)
    assert "there is no network" in told
    assert "\nLeft to do (docs/releasing.md):\n  1. " in told


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
