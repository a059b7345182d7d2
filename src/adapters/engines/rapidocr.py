"""PaddleOCR's models through RapidOCR and ONNX Runtime. Runs in a child only.

One model reads all languages, so their choice has no effect. The models are in the wheel, and the network is not used.
"""

import math
import os
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from PIL import Image

from adapters.engines.geometry import Letter, Quad, line_of, rows, words_along
from adapters.engines.reader import Reader
from ocrcore.domain.layout import Layout, Line, layout_of
from ocrcore.domain.options import JobOptions

#: Languages in Latin script, Chinese and Japanese whose every letter is known to the recognition model.
_LANGUAGES: Final = (
    "afr bos cat ces chi_sim chi_tra cym dan deu eng est eus fin fra gle glg hrv hun ind isl ita jpn lat lav lit ltz"
    " mlt mri msa nld nor oci pol por que ron slk slv spa sqi swa swe tgl tur"
)
_MODELS: Final = {
    "Det.model_path": "PP-OCRv6_det_small.onnx",
    "Rec.model_path": "PP-OCRv6_rec_small.onnx",
}
_OPTIONS: Final = {
    "Global.log_level": "critical",
    "Global.use_cls": False,  # it flips good lines and misses some upside-down ones
    "Global.return_word_box": True,
    "Global.use_vertical_padding": False,  # this module scales and pads pages, within limits
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.unclip_ratio": 2.0,  # smaller values lose letters at the ends of lines on receipts
    "Rec.rec_batch_num": 1,  # results do not depend on other lines, with less memory at equal speed
}
#: Without it, ONNX Runtime reports every loaded model to its makers and keeps an identifier in the user's home.
_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"
#: Most pixels of a page for the models, whose memory grows with the number.
_MOST_PIXELS: Final = 4_000_000
#: Detection enlarges a page until its shorter side has this length. Padding to at least half of it limits the factor to
#: two, because large letters fall apart. Padding to an eighth of the longer side keeps long pages from becoming
#: immense.
_ENLARGED: Final = 736
_LEAST_SIDE: Final = _ENLARGED // 2
_MOST_TIMES: Final = 8
_WHITE: Final = 255


class RapidocrReader(Reader):
    """Loads its models with the first page. There are no page segmentation modes, so ``psm`` has no effect."""

    def __init__(self) -> None:
        spec = find_spec("rapidocr")
        if spec is None or spec.origin is None or find_spec("onnxruntime") is None:
            raise ImportError
        self._version = f"rapidocr {version('rapidocr')}"
        models = Path(spec.origin).parent / "models"
        self._models = {option: str(models / name) for option, name in _MODELS.items()}
        self._loaded: Any = None

    @property
    def languages(self) -> Sequence[str]:
        """The languages that the models read, as Tesseract's codes."""
        return _LANGUAGES.split()

    @property
    def version(self) -> str:
        """The version, for example ``rapidocr 3.10.0``."""
        return self._version

    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return the layout of the page. The text runs from top to bottom, without columns."""
        return layout_of([rows(list(self._lines(page)))], page.size, self._version, options.languages)

    def _lines(self, page: Image.Image) -> Iterator[Line]:
        import numpy as np  # noqa: PLC0415 - an optional extra, slow to import

        small, scale = _scaled(page)
        pixels = np.repeat(np.asarray(small)[:, :, np.newaxis], 3, axis=2)
        found, _, read, _ = self._load().run_ocr_steps(pixels, {})
        if found.boxes is None or read.txts is None:
            return
        for box, text, info in zip(found.boxes, read.txts, read.word_results, strict=True):
            if words := words_along(_quad(box, scale), _letters(text, info), page.size):
                yield line_of(words)

    def _load(self) -> Any:  # noqa: ANN401 - an untyped library
        if self._loaded is None:
            os.environ[_NO_TELEMETRY] = "1"
            import cv2  # noqa: PLC0415
            from rapidocr import RapidOCR  # noqa: PLC0415

            cv2.setNumThreads(1)
            self._loaded = RapidOCR(params=_OPTIONS | self._models)
        return self._loaded


def _scaled(page: Image.Image) -> tuple[Image.Image, tuple[float, float]]:
    """Return the page within the models' limits, padded if narrow, and the factors from its pixels to the page's."""
    width, height = page.size
    times = min(1.0, math.sqrt(_MOST_PIXELS / (width * height)), _MOST_TIMES * _ENLARGED / max(page.size))
    size = max(1, round(width * times)), max(1, round(height * times))
    small = page if size == page.size else page.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    least = max(_LEAST_SIDE, math.ceil(max(size) / _MOST_TIMES))
    if min(size) < least:
        padded = Image.new("L", (max(size[0], least), max(size[1], least)), _WHITE)
        padded.paste(small)
        small = padded
    return small, (width / size[0], height / size[1])


def _quad(box: Any, scale: tuple[float, float]) -> Quad:  # noqa: ANN401 - an array
    corners = [(float(x) * scale[0], float(y) * scale[1]) for x, y in box]
    return corners[0], corners[1], corners[2], corners[3]


def _letters(text: str, info: Any) -> Sequence[Letter]:  # noqa: ANN401 - an untyped library
    """Return the letters and blanks of a line. All have a confidence, but only letters have a column."""
    if not text:
        return []
    columns = iter([column for word in info.word_cols for column in word])
    places = [0.0 if letter.isspace() else (next(columns) + 0.5) / info.line_txt_len for letter in text]
    return [Letter(*each) for each in zip(text, places, info.confs, strict=True)]


#: The entry point for :func:`adapters.engines.reader.create_reader`.
create: Final = RapidocrReader
