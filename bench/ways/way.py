"""What a way to read pictures is."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """How long it took, in seconds, and what was read, a text for each picture in their order."""

    seconds: float
    texts: Sequence[str]


class Way(ABC):
    """A way to read pictures."""

    #: In the table and the plot.
    name: str

    @abstractmethod
    def read(self, pictures: Sequence[Path], folder: Path) -> Run:
        """Read the pictures; what has to be written goes into the folder, which is new and empty."""
