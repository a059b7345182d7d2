"""Loading the pipeline on the fastest runtime for this processor, if it reads a known page as it should."""

from collections.abc import Mapping
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from adapters.engines.geometry import rows
from adapters.ppocr import runtime_onnx, runtime_openvino
from adapters.ppocr.letters import Letters
from adapters.ppocr.pipeline import Pipeline
from adapters.ppocr.runtime import Runtime
from adapters.ppocr.versions import ONNX_RUNTIME, OPENVINO, version_of
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.ports.engine import EngineFailure

RUNTIMES: Final[Mapping[str, Runtime]] = {ONNX_RUNTIME: runtime_onnx.RUNTIME, OPENVINO: runtime_openvino.runtime()}
#: What every runtime has to read.
KNOWN_TEXT: Final = ("Invoice 2047 of 13 May", "Total 1,368.95 EUR")
_SIZE: Final = (560, 200)
_LETTER_HEIGHT: Final = 36


def load_pipeline(name: str, runtimes: Mapping[str, Runtime] = RUNTIMES, *, note: str = "") -> tuple[Pipeline, str]:
    """Return the pipeline on the runtime with this name, and the version to show.

    A runtime that fails, or misreads a page that is known, is not used: a precision that the processor lacks, or a
    fault of a release, would show as wrong text only. ONNX Runtime takes its place, and the version says so, as it says
    the ``note`` where ONNX Runtime was meant. Raises ``EngineFailure`` if that misreads the page too: no text is better
    than a wrong one.
    """
    fault = note
    if name != ONNX_RUNTIME:
        try:
            pipeline = Pipeline(runtimes[name])
            if read_known_page(pipeline) == KNOWN_TEXT:
                return pipeline, version_of(name)
            fault = f"as {name} misreads a known page"
        except (ImportError, MemoryError, RuntimeError):
            fault = f"as {name} does not start"
    pipeline = Pipeline(runtimes[ONNX_RUNTIME])
    if read_known_page(pipeline) != KNOWN_TEXT:
        raise EngineFailure(ItemErrorCode.OCR_CRASHED)
    return pipeline, version_of(ONNX_RUNTIME, fault)


def read_known_page(pipeline: Pipeline) -> tuple[str, ...]:
    """Return the lines that a pipeline reads on the page that is known."""
    page = Image.new("L", _SIZE, 255)
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(_LETTER_HEIGHT)
    for place, line in enumerate(KNOWN_TEXT):
        pen.text((20, 30 + 80 * place), line, 0, font)
    return tuple(line.text for line in rows(pipeline.read(page, Letters.LATIN).lines))
