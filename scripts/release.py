"""Make a release as far as it goes without a network, in dist/, and say what is left to do by hand.

Wheel, sdist, the file that machines install, the list of components, release notes, checksums. The same commit gives
the same bytes, in whichever folder and at whatever time. What needs a network says so, and is left out. Exits with 1 if
something is wrong with the release; ``--rehearse`` only says what.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_VERSION: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)((a|b|rc)[1-9]\d*)?")
_HEADING: Final = re.compile(r"^## (\S+), (.+)$", re.MULTILINE)
_Number = tuple[int, int, int]
#: 1 January 1980, the first instant of a zip file.
_EPOCH: Final = "315532800"
#: The exit status of pip-audit for weaknesses, and for its own failures, alike; its words tell them apart.
_NO_NETWORK: Final = re.compile(r"Connection|ConnectTimeout|NameResolution|Max retries|ServiceError|Proxy|SSLError")


def version(root: Path = ROOT) -> str:
    """Return the version of the project."""
    return str(tomllib.loads((root / "pyproject.toml").read_text())["project"]["version"])


def mistakes(root: Path = ROOT) -> list[str]:
    """Return what is wrong with the sources of a release, a sentence each."""
    this, found = version(root), []
    form = _VERSION.fullmatch(this)
    if not form:
        found.append(f"The version {this} is not of the form 1.2.3 or 1.2.3rc1 (docs/releasing.md).")
    headings = [name for name, _ in _HEADING.findall((root / "CHANGELOG.md").read_text())]
    if headings[:1] != [this]:
        found.append(f"The first heading of CHANGELOG.md is not of version {this}.")
    forms = [_VERSION.fullmatch(name) for name in headings]
    numbers = [_number(one) for one in forms if one and not one[4]]  # without candidates
    if numbers != sorted(numbers, reverse=True):
        found.append("The versions of CHANGELOG.md are not in order, newest first.")
    earlier = [number for number in numbers if ".".join(map(str, number)) != this]
    if form and earlier and not found:  # a candidate takes the same step as the version after it
        found += _steps(_number(form), earlier[0], notes(root))
    return found


def _number(form: re.Match[str]) -> _Number:
    return int(form[1]), int(form[2]), int(form[3])


def _steps(this: _Number, last: _Number, told: str) -> list[str]:
    """Return what the version rule says against this version after the last one, for what the changelog tells."""
    major, minor, patch = last
    allowed = {(major + 1, 0, 0): "MAJOR", (major, minor + 1, 0): "MINOR", (major, minor, patch + 1): "PATCH"}
    named = {".".join(map(str, number)): step for number, step in allowed.items()}
    step = allowed.get(this)
    if step is None:
        return [f"After {'.'.join(map(str, last))} comes one of {', '.join(sorted(named))} (docs/releasing.md)."]
    needed = ("MAJOR",) if major else ("MAJOR", "MINOR")
    if "*Breaking*" in told and step not in needed:
        return [f"The changelog has *Breaking*, so a {needed[-1]} is needed, and this is a {step} (docs/releasing.md)."]
    return []


def notes(root: Path = ROOT) -> str:
    """Return what CHANGELOG.md says about its newest version, without the heading; empty if it has none."""
    text = (root / "CHANGELOG.md").read_text()
    begun = _HEADING.search(text)
    if begun is None:
        return ""
    ended = _HEADING.search(text, begun.end())
    return text[begun.end() : ended.start() if ended else None].strip() + "\n"


def undated(root: Path = ROOT) -> bool:
    """Return whether the newest version has no date yet."""
    found = _HEADING.search((root / "CHANGELOG.md").read_text())
    return found is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", found[2])


def untidy(root: Path = ROOT) -> list[str]:
    """Return why the folder is no commit that can be released, a sentence each: a release is of a commit."""
    changed = _git(root, "status", "--porcelain")
    if changed is None:
        return ["The folder is no checkout of Git, so nobody could tell which commit the release is of."]
    found = [f"Not committed: {line[3:]}" for line in changed.splitlines()]
    tag = f"v{version(root)}"
    tagged, here = _git(root, "rev-parse", "--verify", "--quiet", f"{tag}^{{commit}}"), _git(root, "rev-parse", "HEAD")
    if tagged and tagged != here:
        found.append(f"The tag {tag} is there, at another commit: a version is released once.")
    return found


def _git(root: Path, *arguments: str) -> str | None:
    """Return what git prints, without the line's end, or None if it fails."""
    command = ["git", "-C", str(root), *arguments]
    asked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - found in PATH, as for a user
    return asked.stdout.rstrip("\n") if asked.returncode == 0 else None


def build(root: Path, target: Path) -> list[Path]:
    """Build wheel and sdist of the sources in ``root``; return their paths. Needs no network."""
    environment = os.environ | {"SOURCE_DATE_EPOCH": _EPOCH}
    quiet = subprocess.DEVNULL
    for kind in ("sdist", "wheel"):
        command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
        subprocess.run(command, cwd=root, env=environment, check=True, stdout=quiet, stderr=quiet)  # noqa: S603 - our own tool
    return [target / f"ocrcore-{version(root)}{end}" for end in ("-py3-none-any.whl", ".tar.gz")]


def build_again(root: Path, files: Sequence[Path]) -> list[str]:
    """Build the same of HEAD in another folder. Return the names of ``files`` whose bytes are others."""
    with tempfile.TemporaryDirectory() as name:
        sources, target = Path(name) / "sources", Path(name) / "dist"
        sources.mkdir()
        archive = subprocess.run(["git", "-C", str(root), "archive", "HEAD"], capture_output=True, check=True).stdout  # noqa: S603, S607 - see above
        subprocess.run(["tar", "-x", "-C", str(sources)], input=archive, check=True)  # noqa: S603, S607
        again = {file.name: file.read_bytes() for file in build(sources, target)}
    return [file.name for file in files if file.read_bytes() != again[file.name]]


def build_for_machines(root: Path, target: Path) -> Path:
    """Write the file that machines install; return its path. Needs no network where hatchling is installed."""
    environment = os.environ | {"PYTHON": sys.executable, "TARGET": str(target)}
    command = [str(root / "deploy" / "build-release")]
    printed = subprocess.run(command, cwd=root, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - our own
    return Path(printed.split()[0])


def write_notes(target: Path, root: Path = ROOT) -> Path:
    """Write the release notes; return the path."""
    file = target / f"ocrcore-{version(root)}.md"
    file.write_text(f"# ocrcore {version(root)}\n\n{notes(root)}")
    return file


def left_to_do(*, dated: bool, audited: bool, this: str) -> list[str]:
    """Return what nobody can do here, a line each, in order."""
    steps = [
        f"Set the date of {this} in CHANGELOG.md, commit, and run make release again." if not dated else "",
        "Run make release where there is a network, to ask for known weaknesses." if not audited else "",
        "Run make test-all on an idle machine, if that was not done for this commit.",
        "Run make release on another machine, and compare SHA256SUMS.",
        f"Tag the commit: git tag -s v{this} -F dist/ocrcore-{this}.md",
        f"Push the tag, and upload SHA256SUMS and the files that it names; dist/ocrcore-{this}.md are the notes.",
    ]
    return [step for step in steps if step]


def list_components(tools: Path, target: Path, root: Path = ROOT) -> Path:
    """Write what a machine of a release gets, as CycloneDX (JSON), from its lock; return the path."""
    file = target / f"ocrcore-{version(root)}.cdx.json"
    command = [
        *(str(tools / "cyclonedx-py"), "requirements", str(root / "deploy/requirements.lock")),
        *("--pyproject", str(root / "pyproject.toml"), "--mc-type", "application", "--output-reproducible"),
        *("--output-format", "JSON", "--spec-version", "1.6", "--output-file", str(file)),
    ]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    # The index that packages came from is the business of this machine.
    listed = json.loads(file.read_text())
    for component in listed.get("components", []):
        kept = [one for one in component.get("externalReferences", []) if "simple" not in one.get("url", "")]
        component.pop("externalReferences", None)
        if kept:
            component["externalReferences"] = kept
    file.write_text(json.dumps(listed, indent=1, sort_keys=True) + "\n")
    return file


def audit(tools: Path, root: Path = ROOT) -> str | None:
    """Ask for known weaknesses of what is locked. Return a sentence if nobody could be asked.

    Raises ``SystemExit`` if there are any, or if the tool fails otherwise.
    """
    lock = root / "deploy/requirements.lock"
    command = [str(tools / "pip-audit"), "--requirement", str(lock), "--require-hashes", "--disable-pip", "--no-deps"]
    asked = subprocess.run([*command, "--timeout", "15"], capture_output=True, text=True, check=False)  # noqa: S603
    if asked.returncode == 0:
        return None
    if "known vulnerabilit" in asked.stderr and "Found" in asked.stderr:
        raise SystemExit(asked.stdout + asked.stderr)
    if _NO_NETWORK.search(asked.stderr):
        return "Nobody was asked for known weaknesses: there is no network. Run make release where there is one."
    raise SystemExit(asked.stderr)


def write_sums(files: list[Path], target: Path) -> Path:
    """Write the SHA-256 of each file, as sha256sum checks them; return the path."""
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    sums = target / "SHA256SUMS"
    sums.write_text("".join(lines))
    return sums


def main() -> None:
    """Make the release."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, default=ROOT / ".audit/bin", help="where pip-audit and cyclonedx-py are")
    parser.add_argument("--target", type=Path, default=ROOT / "dist")
    parser.add_argument("--rehearse", action="store_true", help="go on from a folder that cannot be released")
    arguments = parser.parse_args()
    found = [*mistakes(), *untidy()]
    if found and not arguments.rehearse:
        raise SystemExit("\n".join(found))
    arguments.target.mkdir(parents=True, exist_ok=True)
    built = build(ROOT, arguments.target)
    files = [
        *built,
        build_for_machines(ROOT, arguments.target),
        list_components(arguments.tools, arguments.target),
        write_notes(arguments.target),
    ]
    write_sums(files, arguments.target)
    for file in files:
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    if not found:
        if others := build_again(ROOT, built):
            msg = f"A second build of the commit, in another folder, has other bytes: {', '.join(others)}."
            raise SystemExit(msg)
        print("A second build of the commit, in another folder, has the same bytes.")
    left = audit(arguments.tools)
    print(left or "No weakness of what is locked is known.")
    if found:
        print("\nThis was a rehearsal. What stands against a release:", *found, sep="\n  ")
    print("\nLeft to do (docs/releasing.md):")
    for number, step in enumerate(left_to_do(dated=not undated(), audited=left is None, this=version()), 1):
        print(f"  {number}. {step}")


if __name__ == "__main__":
    main()
