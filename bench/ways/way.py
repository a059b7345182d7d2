"""The interface of a way to recognise pictures."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """The seconds that a run took, and its texts, in the order of the pictures."""

    seconds: float
    texts: Sequence[str]


class Way(ABC):
    """A way to recognise pictures."""

    #: The name in the tables and the plot.
    name: str

    @abstractmethod
    def read(self, pictures: Sequence[Path], folder: Path, language: str = "eng") -> Run:
        """Recognise pictures in a language, by Tesseract's code. Files go into ``folder``, which is new and empty."""
