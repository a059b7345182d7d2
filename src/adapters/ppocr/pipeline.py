"""From the pixels of a page to its lines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image

from adapters.engines.geometry import Quad, line_of, with_baseline, words_along
from adapters.ppocr import models
from adapters.ppocr.baselines import baseline_of
from adapters.ppocr.cascade import Cascade
from adapters.ppocr.crops import cut_line
from adapters.ppocr.detection import Detector
from adapters.ppocr.files import SMALL, TINY, ModelFile
from adapters.ppocr.letters import Letters
from adapters.ppocr.places import placed
from adapters.ppocr.readings import Reading
from adapters.ppocr.recognition import LineReader, Recogniser
from adapters.ppocr.runtime import Runtime
from adapters.ppocr.text_line import TextLine
from ocrcore.domain.layout import Line

#: A line with less confidence has no text that is worth to be shown.
_LEAST_CONFIDENCE: Final = 0.5
#: Lines that are cut out at once: more of them are more likely of one width, and take more memory.
_AT_ONCE: Final = 64


@dataclass(frozen=True, slots=True)
class Found:
    """What was found on a page."""

    #: In no order.
    lines: Sequence[Line]
    #: The share of what looks like lines, by length in letters, that could not be read.
    unread: float


class Pipeline:
    """The models, each loaded when it is needed first."""

    def __init__(self, runtime: Runtime) -> None:
        cv2.setNumThreads(1)
        self._runtime = runtime
        self._detector = Detector(runtime.load(models.detection()))
        self._readers: dict[Letters, LineReader] = {}

    def read(self, page: Image.Image, letters: Letters) -> Found:
        """Return what is found on a grey page."""
        pixels, reader = np.asarray(page), self._reader(letters)
        quads = self._detector.find(pixels)
        lines: list[Line] = []
        unread = length = 0
        for start in range(0, len(quads), _AT_ONCE):
            some = quads[start : start + _AT_ONCE]
            cuts = [TextLine(cut_line(pixels, quad)) for quad in some]
            for quad, cut, reading in zip(some, cuts, reader.read_all(cuts), strict=True):
                line = _line(page.size, quad, cut, reading)
                if line is not None:
                    lines.append(line)
                elif reading.letters:  # without any, as on a bar code, the model is sure that there is no text
                    unread += cut.width
                length += cut.width  # all are of one height
        return Found(lines, unread / length if length else 0.0)

    def prepare(self) -> None:
        """Load what Latin script needs, and let the runtime meet lines of the usual widths."""
        self._reader(Letters.LATIN).prepare()

    def _reader(self, letters: Letters) -> LineReader:
        """Return the reader for these letters. The tiny model lacks a half of the Chinese ones."""
        if letters not in self._readers:
            small = self._recogniser(SMALL, letters)
            with_tiny = self._runtime.with_tiny and letters is Letters.LATIN
            self._readers[letters] = Cascade(self._recogniser(TINY, letters), small) if with_tiny else small
        return self._readers[letters]

    def _recogniser(self, file: ModelFile, letters: Letters) -> Recogniser:
        model = models.recogniser(file, letters)
        return Recogniser(self._runtime.load(model.content), model.letters, self._runtime)


def _line(size: tuple[int, int], quad: Quad, cut: TextLine, reading: Reading) -> Line | None:
    """Return the line at this place of a page of this size, or None if it was not read."""
    if reading.confidence < _LEAST_CONFIDENCE:
        return None
    words = words_along(quad, placed(reading, cut), size)
    if not words:
        return None
    line = line_of(words)
    return with_baseline(line, baseline_of(cut.pixels, quad, line.bbox))
