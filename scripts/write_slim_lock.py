"""Write ``deploy/requirements-slim.lock``: what a release installs, without ``ppocr`` and all that only it needs.

It is a part of ``deploy/requirements.lock``, word for word, by the comments there that say for which package each one
is needed. So both name the same versions, and nothing is resolved a second time.
"""

import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
WHOLE: Final = ROOT / "deploy" / "requirements.lock"
SLIM: Final = ROOT / "deploy" / "requirements-slim.lock"
#: The extras that it leaves out: the engine by both of its names, and what no release has.
LEFT_OUT: Final = frozenset({"ppocr", "rapidocr", "testing"})


def slim(lock: str, project: Mapping[str, Any], left_out: AbstractSet[str] = LEFT_OUT) -> str:
    """Return the blocks of a lock that a project needs without these extras, in their order."""
    blocks = [block for block in re.split(r"^(?=\S)", lock, flags=re.MULTILINE) if block]
    needed_by: dict[str, set[str]] = {}
    for block in blocks:
        needed_by.setdefault(_name(block), set()).update(re.findall(r"^ +#(?: via| +) ([\w.-]+)$", block, re.MULTILINE))
    kept, direct = set[str](), set(_direct(project, left_out))
    while more := {
        name
        for name, others in needed_by.items()
        if name not in kept and (others & kept or (name in direct and project["name"] in others))
    }:
        kept |= more
    return "".join(block for block in blocks if _name(block) in kept)


def _name(requirement: str) -> str:
    """Return the name of a requirement, as indexes spell it."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


def _direct(project: Mapping[str, Any], left_out: AbstractSet[str]) -> Iterator[str]:
    extras: Mapping[str, Sequence[str]] = project["optional-dependencies"]
    for one in project["dependencies"]:
        yield _name(one)
    for extra in extras.keys() - left_out:
        yield from map(_name, extras[extra])


def text() -> str:
    """Return what the file has to say."""
    return slim(WHOLE.read_text(), tomllib.loads((ROOT / "pyproject.toml").read_text())["project"])


if __name__ == "__main__":
    SLIM.write_text(text())
    sys.stdout.write(f"{SLIM.relative_to(ROOT)}\n")
