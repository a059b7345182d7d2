"""From the pixels of a page to its lines."""

from collections.abc import Iterator, Sequence
from typing import Final

import cv2
import numpy as np
from PIL import Image

from adapters.engines.geometry import Letter, line_of, with_baseline, words_along
from adapters.ppocr import models
from adapters.ppocr.baselines import baseline_of
from adapters.ppocr.cascade import Cascade
from adapters.ppocr.crops import cut_line
from adapters.ppocr.detection import Detector
from adapters.ppocr.files import SMALL, TINY, ModelFile
from adapters.ppocr.letters import Letters
from adapters.ppocr.readings import COLUMN, Reading
from adapters.ppocr.recognition import LineReader, Recogniser
from adapters.ppocr.runtime import Pixels, on_onnxruntime
from ocrcore.domain.layout import Line

#: A line with less confidence is no text.
_LEAST_CONFIDENCE: Final = 0.5


class Pipeline:
    """The models, each loaded when it is needed first."""

    def __init__(self) -> None:
        cv2.setNumThreads(1)
        self._detector = Detector(on_onnxruntime(models.detection()))
        self._readers: dict[Letters, LineReader] = {}

    def read(self, page: Image.Image, letters: Letters) -> Sequence[Line]:
        """Return the lines of a grey page, in no order."""
        return list(self._lines(np.asarray(page), page.size, self._reader(letters)))

    def _lines(self, page: Pixels, size: tuple[int, int], reader: LineReader) -> Iterator[Line]:
        for quad in self._detector.find(page):
            line = cut_line(page, quad)
            reading = reader.read(line)
            if reading.confidence >= _LEAST_CONFIDENCE and (
                words := words_along(quad, _placed(reading, line.shape[1]), size)
            ):
                found = line_of(words)
                yield with_baseline(found, baseline_of(line, quad, found.bbox))

    def _reader(self, letters: Letters) -> LineReader:
        """Return the reader for these letters. The tiny model lacks a half of the Chinese ones."""
        if letters not in self._readers:
            small = _recogniser(SMALL, letters)
            latin = letters is Letters.LATIN
            self._readers[letters] = Cascade(_recogniser(TINY, letters), small) if latin else small
        return self._readers[letters]


def _recogniser(file: ModelFile, letters: Letters) -> Recogniser:
    model = models.recogniser(file, letters)
    return Recogniser(on_onnxruntime(model.content), model.letters)


def _placed(reading: Reading, width: int) -> Sequence[Letter]:
    """Return the letters with their places along a line of this width."""
    return [
        Letter(letter, min(1.0, (column + 0.5) * COLUMN / width), confidence)
        for letter, column, confidence in zip(reading.letters, reading.columns, reading.confidences, strict=True)
    ]
