"""A clean Debian in a folder: what runs in it has a root of its own, and the kernel and the network of this machine."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from aws_template import ROOT
from needed import missing, needed

_KEPT: Final = ROOT / ".tools" / "debian-12"


@dataclass(frozen=True, slots=True)
class CleanDebian:
    """The folder of its root, and the places in it where folders of this machine are mounted."""

    root: Path
    mounted: Mapping[str, Path] = field(default_factory=dict)

    def command(self, *command: str, user: str = "root") -> Sequence[str]:
        """Return a command that runs this one in it, in mounts of its own that end with it."""
        mounts = [f"mount -t proc proc {self.root}/proc", f"mount --rbind /dev {self.root}/dev"]
        for place in ("/etc/resolv.conf", *places_of_pip()):
            inside = f"{self.root}{place}"
            make = f"mkdir -p {inside}" if Path(place).is_dir() else f"mkdir -p $(dirname {inside}) && touch {inside}"
            mounts.append(f"{make} && mount --bind {place} {inside}")
        for place, folder in self.mounted.items():
            mounts.append(f"mkdir -p {self.root}{place} && mount --bind {folder} {self.root}{place}")
        script = " && ".join([*mounts, f'exec chroot --userspec={user} {self.root} "$@"'])
        return ["unshare", "--mount", "sh", "-c", script, "sh", *command]

    def run(self, *command: str, environment: Mapping[str, str] | None = None, stdin: str | None = None) -> str:
        """Run a command in it; return what it printed. A failure fails the test, with its last lines."""
        ended = subprocess.run(
            self.command(*command),
            env={**_environment(), **(environment or {})},
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, "\n".join(ended.stdout.splitlines()[-40:])
        return ended.stdout

    def has_no_systemd(self) -> None:
        """Have what asks systemd for something, or shuts the machine down, write it into ``/asked`` instead."""
        for program in ("systemctl", "shutdown"):
            self.write(f"/usr/local/sbin/{program}", f'#!/bin/sh\necho "{program} $@" >>/asked\n', 0o755)

    @property
    def asked(self) -> str:
        """What was asked, a line each."""
        return (self.root / "asked").read_text()

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file in it."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)


@cache
def pip_settings() -> Mapping[str, str]:
    """Return how pip is set up on this machine, as variables: mirrors, certificates. No root gets its files."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    found = re.findall(r"^(?:global|install|:env:)\.([a-z-]+)='(.*)'$", listed, re.MULTILINE)
    return {f"PIP_{name.upper().replace('-', '_')}": text.replace("\\n", " ") for name, text in found}


def places_of_pip() -> Sequence[str]:
    """Return the files and folders of this machine that these settings name; an index with the files beside it."""
    named = re.findall(r"(?<![\w:/])(?:file://)?(/[^\s']+)", " ".join(pip_settings().values()))
    return sorted({place.removesuffix("/simple") for place in named if Path(place).exists()})


def _environment() -> dict[str, str]:
    return {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", **pip_settings()}


@contextmanager
def clean_debian(folder: Path, mounted: Mapping[str, Path] | None = None) -> Iterator[CleanDebian]:
    """Yield one in this folder, which is removed afterwards; what is mounted in it stays."""
    root = folder / "root"
    subprocess.run(["cp", "-a", "--reflink=auto", _debian(), root], check=True)
    try:
        yield CleanDebian(root, mounted or {})
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _debian() -> Path:
    """Return a root that nobody may change, made with Debian's own program the first time."""
    program = needed("debootstrap", "debootstrap")
    if os.geteuid() != 0:
        missing("only root makes a root of Debian")
    if not (_KEPT / "etc" / "debian_version").exists():
        work = _KEPT.with_suffix(".new")
        shutil.rmtree(work, ignore_errors=True)
        work.parent.mkdir(exist_ok=True)
        command = [program, "--variant=minbase", "--include=python3,ca-certificates", "bookworm", str(work)]
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if ended.returncode:
            missing(f"Debian's mirror gave no system: {ended.stdout.splitlines()[-1]}")
        work.replace(_KEPT)
    return _KEPT
