"""Running a model: an array in, an array out."""

import os
from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Run = Callable[[Floats], Floats]
#: Without it, ONNX Runtime reports every loaded model to its makers and keeps an identifier in the user's home.
_NO_TELEMETRY: Final = "ORT_DISABLE_TELEMETRY"


def on_onnxruntime(model: bytes) -> Run:
    """Return a function that runs the model on ONNX Runtime, in the calling thread."""
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


def as_input(pixels: Pixels) -> Floats:
    """Return grey values from 0 to 255 as the models want them, from -1 to 1."""
    return np.asarray(pixels, np.float32) / np.float32(127.5) - np.float32(1)
