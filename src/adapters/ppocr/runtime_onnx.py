"""ONNX Runtime, which runs on every processor."""

import os
from typing import Any, Final

from adapters.ppocr.readings import COLUMN
from adapters.ppocr.runtime import Floats, Run, Runtime

#: Without it, ONNX Runtime reports every loaded model to its makers and keeps an identifier in the user's home.
_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"


#: Gives memory that was free at the end of a run back to the system.
_SHRINKING: Final = "memory.enable_memory_arena_shrinkage"
#: Numbers in the input of a run from which on it shrinks. Pages from about A4 at 200 dpi have so many, and receipts and
#: lines have fewer: there it would cost a twentieth of the time, for memory that the next page needs again.
_LARGE: Final = 1_000_000


def library() -> Any:  # noqa: ANN401 - it ships no types
    """Return ONNX Runtime, which must not be imported otherwise."""
    os.environ[_NO_TELEMETRY] = "1"
    import onnxruntime  # type: ignore[import-untyped] # noqa: PLC0415 - it ships no types; after the variable is set

    return onnxruntime


def _load(model: bytes) -> Run:
    onnxruntime = library()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # inputs have many shapes
    options.log_severity_level = 4
    session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    shrinking = onnxruntime.RunOptions()
    shrinking.add_run_config_entry(_SHRINKING, "cpu:0")

    def run(values: Floats) -> Floats:
        answer: Floats = session.run(None, {name: values}, shrinking if values.size >= _LARGE else None)[0]
        return answer

    return run


#: A batch takes more memory, and is no faster on one thread.
RUNTIME: Final = Runtime(_load, width_step=COLUMN, batch=1, with_tiny=True)
