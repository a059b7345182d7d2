"""Make a release as far as it goes without a network: wheel, sdist, list of components, checksums, in dist/.

The same sources give the same bytes, in whichever folder and at whatever time. What needs a network says so, and is
left out. Exits with 1 if something is wrong with the release.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_VERSION: Final = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)((a|b|rc)[1-9]\d*)?")
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
    if not _VERSION.fullmatch(this):
        found.append(f"The version {this} is not of the form 1.2.3 or 1.2.3rc1 (docs/releasing.md).")
    headings = re.findall(r"^## (\S+), (.+)$", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    if not headings or headings[0][0] != this:
        found.append(f"The first heading of CHANGELOG.md is not of version {this}.")
    numbers = [tuple(map(int, name.split("."))) for name, _ in headings if re.fullmatch(r"\d+\.\d+\.\d+", name)]
    if numbers != sorted(numbers, reverse=True):
        found.append("The versions of CHANGELOG.md are not in order, newest first.")
    return found


def undated(root: Path = ROOT) -> bool:
    """Return whether the newest version has no date yet."""
    found = re.search(r"^## \S+, (.+)$", (root / "CHANGELOG.md").read_text(), re.MULTILINE)
    return found is None or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", found[1])


def build(root: Path, target: Path) -> list[Path]:
    """Build wheel and sdist of the sources in ``root``; return their paths. Needs no network."""
    environment = os.environ | {"SOURCE_DATE_EPOCH": _EPOCH}
    quiet = subprocess.DEVNULL
    for kind in ("sdist", "wheel"):
        command = [sys.executable, "-m", "hatchling", "build", "--target", kind, "--directory", str(target)]
        subprocess.run(command, cwd=root, env=environment, check=True, stdout=quiet, stderr=quiet)  # noqa: S603 - our own tool
    return sorted(target.glob(f"ocrcore-{version(root)}*"))


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
    arguments = parser.parse_args()
    found = mistakes()
    if found:
        raise SystemExit("\n".join(found))
    arguments.target.mkdir(parents=True, exist_ok=True)
    files = [*build(ROOT, arguments.target), list_components(arguments.tools, arguments.target)]
    write_sums(files, arguments.target)
    for file in files:
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    left = audit(arguments.tools)
    print(left or "No weakness of what is locked is known.")
    if undated():
        print("CHANGELOG.md has no date for this version yet: docs/releasing.md says what is left to do.")


if __name__ == "__main__":
    main()
