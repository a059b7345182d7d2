"""ONNX Runtime, which runs on every processor."""

import os
from typing import Any, Final

from adapters.ppocr.readings import COLUMN
from adapters.ppocr.runtime import Floats, Run, Runtime

#: Without it, ONNX Runtime reports every loaded model to its makers and keeps an identifier in the user's home.
_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"


def _load(model: bytes) -> Run:
    os.environ[_NO_TELEMETRY] = "1"
    import onnxruntime  # type: ignore[import-untyped] # noqa: PLC0415 - it ships no types; after the variable is set

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_mem_pattern = False  # inputs have many shapes
    options.log_severity_level = 4
    session: Any = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name

    def run(values: Floats) -> Floats:
        answer: Floats = session.run(None, {name: values})[0]
        return answer

    return run


#: A batch takes more memory, and is no faster on one thread.
RUNTIME: Final = Runtime(_load, width_step=COLUMN, batch=1, with_tiny=True)
