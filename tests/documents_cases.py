"""Odd documents, each with what is right for it: ``NAME`` and ``NAME.json`` in the folder ``files``."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILES = Path(__file__).parent / "integration/documents/files"


@dataclass(frozen=True)
class Case:
    """A document."""

    path: Path
    expect: dict[str, Any]

    @property
    def is_refused(self) -> bool:
        """Whether it is refused at submission."""
        return self.expect["pages"] is None

    @property
    def words(self) -> Sequence[Sequence[str] | None]:
        """The words of each page; None where nothing is demanded."""
        words: Sequence[Sequence[str] | None] = self.expect.get("text", [None] * self.expect["pages"])
        return words

    @property
    def sizes(self) -> Sequence[Sequence[int]]:
        """The width and height of each page in pixels, if they are demanded."""
        sizes = self.expect.get("size_px", [])
        return sizes if all(isinstance(size, list) for size in sizes) else [sizes]

    @property
    def points(self) -> Sequence[Sequence[float]]:
        """The width and height of each page in points, if they are demanded."""
        points: Sequence[Sequence[float]] = self.expect.get("size_pt", [])
        return points


def _cases() -> list[Case]:
    told = (json.loads(path.read_text()) for path in sorted(FILES.glob("*.json")) if not path.name.startswith("layout"))
    return [Case(FILES / fields["file"], fields["expect"]) for fields in told]


CASES = _cases()
#: Those that are read.
READ = [case for case in CASES if not case.is_refused]
#: Name of a document -> words that are in the file, and that nobody sees.
UNSEEN = {"pdf-cropbox.pdf": {"OUTSIDE", "HIDDEN"}, "pdf-hidden-text-layer.pdf": {"WRONG", "OLD", "LAYER"}}
