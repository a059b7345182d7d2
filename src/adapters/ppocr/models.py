"""The models as the pipeline needs them, changed in memory: that takes less time than to look for a copy."""

from dataclasses import dataclass
from typing import Final

from adapters.ppocr.files import DETECTION, TINY, TINY_CHARACTERS, ModelFile
from adapters.ppocr.graphs import characters_of, cut_model
from adapters.ppocr.letters import Letters

#: The blank of CTC, which comes first, and the space, which comes last.
_BLANK: Final = ""
_SPACE: Final = " "


@dataclass(frozen=True, slots=True)
class Recogniser:
    """A recognition model, as ONNX, and its letters by the index of its answers."""

    content: bytes
    letters: tuple[str, ...]


def detection() -> bytes:
    """Return the detection model, for one channel of pixels from -1 to 1."""
    return cut_model(DETECTION.read())


def recogniser(file: ModelFile, letters: Letters) -> Recogniser:
    """Return a recognition model, for one channel of pixels from -1 to 1."""
    content = file.read()
    known = (TINY_CHARACTERS.read().decode() if file is TINY else characters_of(content)).splitlines()
    alphabet = (_BLANK, *known, _SPACE)
    kept = [place for place, letter in enumerate(alphabet) if letters.include(letter)]
    return Recogniser(cut_model(content, kept), tuple(alphabet[place] for place in kept))
