"""Print the newest release before the commit that is checked out, as ``v1.2.3``; nothing where there is none.

A release is a tag of this form on an earlier commit. Candidates (``v1.2.3rc1``) are none, nor is a tag of this commit.
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
_FORM: Final = re.compile(r"v(\d+)\.(\d+)\.(\d+)")


def last_tag(root: Path = ROOT) -> str | None:
    """Return the tag with the highest version among those of earlier commits; None without one, or without Git."""
    here = _git(root, "rev-parse", "HEAD")
    found = [form for tag in _git(root, "tag", "--merged", "HEAD").split() if (form := _FORM.fullmatch(tag))]
    for form in sorted(found, key=lambda one: tuple(map(int, one.groups())), reverse=True):
        if _git(root, "rev-parse", f"{form[0]}^{{commit}}") != here:
            return form[0]
    return None


def _git(root: Path, *arguments: str) -> str:
    """Return what git prints, or nothing if it fails."""
    command = ["git", "-C", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()  # noqa: S603 - found in PATH, as for a user


if __name__ == "__main__":
    sys.stdout.write(last_tag() or "")
