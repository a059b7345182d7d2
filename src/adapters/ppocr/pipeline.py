"""From the pixels of a page to its lines."""

from collections.abc import Iterator, Sequence
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
from adapters.ppocr.recognition import LineReader, Recogniser
from adapters.ppocr.runtime import Pixels, Runtime
from adapters.ppocr.text_line import TextLine
from ocrcore.domain.layout import Line

#: A line with less confidence is no text.
_LEAST_CONFIDENCE: Final = 0.5
#: Lines that are cut out at once: more of them are more likely of one width, and take more memory.
_AT_ONCE: Final = 64


class Pipeline:
    """The models, each loaded when it is needed first."""

    def __init__(self, runtime: Runtime) -> None:
        cv2.setNumThreads(1)
        self._runtime = runtime
        self._detector = Detector(runtime.load(models.detection()))
        self._readers: dict[Letters, LineReader] = {}

    def read(self, page: Image.Image, letters: Letters) -> Sequence[Line]:
        """Return the lines of a grey page, in no order."""
        pixels, reader = np.asarray(page), self._reader(letters)
        quads = self._detector.find(pixels)
        return [
            line
            for start in range(0, len(quads), _AT_ONCE)
            for line in _lines(pixels, quads[start : start + _AT_ONCE], reader)
        ]

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


def _lines(page: Pixels, quads: Sequence[Quad], reader: LineReader) -> Iterator[Line]:
    """Yield the lines at these places that are text."""
    cuts = [TextLine(cut_line(page, quad)) for quad in quads]
    for quad, cut, reading in zip(quads, cuts, reader.read_all(cuts), strict=True):
        if reading.confidence >= _LEAST_CONFIDENCE:
            words = words_along(quad, placed(reading, cut), (page.shape[1], page.shape[0]))
            if words:
                line = line_of(words)
                yield with_baseline(line, baseline_of(cut.pixels, quad, line.bbox))
