"""Old releases, as ``make .release/.stamp`` installs them from the history beside this version."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from last_tag import last_tag
from needed import missing

_FOLDER: Final = Path(__file__).parents[1] / ".release"


@dataclass(frozen=True)
class OldRelease:
    """An old release: its name, as ``install-old-release`` writes it, and where it is installed."""

    name: str
    folder: Path

    @property
    def program(self) -> str:
        """Its command ``ocrcore``. Where it is missing the test is skipped; in continuous integration it fails."""
        ready = self.folder / "ready"
        if not ready.exists() or ready.read_text().strip() != self.name:
            missing(f"{self.name} is not installed (make .release/.stamp; it needs the repository's whole history)")
        return str(self.folder / "bin" / "ocrcore")


FIRST: Final = OldRelease("release 0.1", _FOLDER)


def old_releases() -> Sequence[OldRelease]:
    """Return release 0.1, and the newest tag before this commit if there is one."""
    tag = last_tag()
    return [FIRST, *([OldRelease(tag, _FOLDER / "tag")] if tag else [])]
