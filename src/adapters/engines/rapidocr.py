"""PaddleOCR's models by way of RapidOCR and ONNX Runtime; runs in a child only.

Their languages are not chosen: one model reads all of them. The models are in the wheel; nothing is asked of the
network.
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
from ocrcore.domain.layout import Layout, Line
from ocrcore.domain.options import JobOptions
from ocrcore.domain.texts import normalise_text

#: The languages of the Latin script, of Chinese and of Japanese whose every letter the recognition model knows.
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
    "Global.use_cls": False,  # it turns good lines over, and leaves some that stand on their heads
    "Global.return_word_box": True,
    "Global.use_vertical_padding": False,  # a page is scaled and padded here, within limits
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    "Det.unclip_ratio": 2.0,  # letters at the ends of receipts' lines are lost with less
    "Rec.rec_batch_num": 1,  # a line reads the same whatever stands beside it, in less memory and no more time
}
#: Else ONNX Runtime tells its makers of every model that is loaded, and keeps an identifier in the user's home.
_SILENT: Final = "ORT_DISABLE_TELEMETRY"
#: Most pixels that the models are given; what they allocate grows with it.
_MOST_PIXELS: Final = 4_000_000
#: Detection enlarges a page to this side. So that it does so twice at most, for large letters fall apart, and does not
#: make a long page immense, a side has at least half of it and an eighth of the other.
_ENLARGED: Final = 736
_LEAST_SIDE: Final = _ENLARGED // 2
_MOST_TIMES: Final = 8
_WHITE: Final = 255


class RapidocrReader(Reader):
    """Loads its models with the first page. It knows no page segmentation modes: ``psm`` changes nothing."""

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
        """Those that the models read, by Tesseract's codes."""
        return _LANGUAGES.split()

    @property
    def version(self) -> str:
        """As ``rapidocr 3.10.0``."""
        return self._version

    def read(self, page: Image.Image, options: JobOptions) -> Layout:
        """Return what stands on the page; text from top to bottom, without columns."""
        lines = rows(list(self._lines(page)))
        return Layout(
            *page.size,
            engine=self._version,
            languages=options.languages,
            text=normalise_text("\n".join(line.text for line in lines)),
            lines=tuple(lines),
        )

    def _lines(self, page: Image.Image) -> Iterator[Line]:
        import numpy as np  # noqa: PLC0415 - an extra, and heavy

        small, scale = _scaled(page)
        pixels = np.repeat(np.asarray(small)[:, :, np.newaxis], 3, axis=2)
        found, _, read, _ = self._load().run_ocr_steps(pixels, {})
        if found.boxes is None or read.txts is None:
            return
        for box, text, info in zip(found.boxes, read.txts, read.word_results, strict=True):
            if words := words_along(_quad(box, scale), _letters(text, info), page.size):
                yield line_of(words)

    def _load(self) -> Any:  # noqa: ANN401 - it has no types
        if self._loaded is None:
            os.environ[_SILENT] = "1"
            import cv2  # noqa: PLC0415
            from rapidocr import RapidOCR  # noqa: PLC0415

            cv2.setNumThreads(1)
            self._loaded = RapidOCR(params=_OPTIONS | self._models)
        return self._loaded


def _scaled(page: Image.Image) -> tuple[Image.Image, tuple[float, float]]:
    """Return the page small enough for the models and not too narrow, and by how much a pixel of it is to be scaled."""
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


def _letters(text: str, info: Any) -> Sequence[Letter]:  # noqa: ANN401 - it has no types
    """Return the letters and blanks of a line; only letters have a column, all have a confidence."""
    if not text:
        return []
    columns = iter([column for word in info.word_cols for column in word])
    places = [0.0 if letter.isspace() else (next(columns) + 0.5) / info.line_txt_len for letter in text]
    return [Letter(*each) for each in zip(text, places, info.confs, strict=True)]


#: What :func:`adapters.engines.reader.create_reader` calls.
create: Final = RapidocrReader
