"""The system calls that a unit of systemd lets through, and those that a program makes."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from needed import needed

#: SQLite gives its files the owner of the database, only where it is root. No unit is.
_ONLY_AS_ROOT = {"fchown"}


def refused(unit: Path, made: set[str]) -> set[str]:
    """Return those of the calls that the unit does not let through."""
    return made - _allowed(needed("systemd-analyze", "systemd"), unit) - _ONLY_AS_ROOT


def strace() -> str:
    """Return the path of strace; skip the test where the kernel lets nobody trace, as in many containers."""
    program = needed("strace", "strace")
    if subprocess.run([program, "-o", "/dev/null", "true"], check=False, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("strace may not trace here")
    return program


def counting(file: Path) -> list[str]:
    """Return what a command begins with so that its system calls, and those of its children, go into the file."""
    return [strace(), "-f", "-c", "-U", "name", "-o", str(file)]


def counted(file: Path) -> set[str]:
    """Return the names of the calls in such a file."""
    return set(re.findall(r"^[a-z]\w*$", file.read_text(), re.MULTILINE)) - {"syscall", "total"}


@cache
def _group(analyze: str, name: str) -> frozenset[str]:
    listed = subprocess.run([analyze, "syscall-filter", name], check=True, stdout=subprocess.PIPE, text=True).stdout
    words = [line.strip() for line in listed.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return frozenset().union(*(_group(analyze, word) if word.startswith("@") else {word} for word in words))


def _allowed(analyze: str, unit: Path) -> set[str]:
    allowed: set[str] = set()
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit.read_text(), re.MULTILINE):
        names: set[str] = set()
        for word in line.lstrip("~").split():
            names |= _group(analyze, word) if word.startswith("@") else {word}
        allowed = allowed - names if line.startswith("~") else allowed | names
    return allowed
