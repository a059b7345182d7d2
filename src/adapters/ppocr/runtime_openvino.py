"""OpenVINO, for processors with AMX, which multiply matrices of bfloat16 in hardware.

On others it is no faster than ONNX Runtime, and bfloat16 would be emulated.
"""

import sys
from typing import Any, Final

from adapters.ppocr.runtime import Floats, Run, Runtime

#: OpenVINO imports this converter, which keeps an identifier in the user's home and reports to its makers. It does
#: without a module that cannot be imported.
_REPORTING: Final = "openvino.tools.ovc"

#: Lines are of a multiple of this width, up to this one in most cases.
_STEP, _USUAL = 64, 1024


def runtime(precision: str = "bf16") -> Runtime:
    """Return the runtime, in this precision: f32 is for processors that lack bf16."""

    def load(model: bytes) -> Run:
        return _load(model, precision)

    return Runtime(load, width_step=_STEP, batch=4, with_tiny=False, usual_widths=range(_STEP, _USUAL + 1, _STEP))


def _load(model: bytes, precision: str) -> Run:
    sys.modules.setdefault(_REPORTING, None)  # type: ignore[arg-type] # as the import system documents it
    from openvino import Core  # noqa: PLC0415 - slow to import, and needed on some processors only

    settings = {
        "INFERENCE_NUM_THREADS": 1,
        "NUM_STREAMS": 1,
        "PERFORMANCE_HINT": "LATENCY",
        "ENABLE_CPU_PINNING": False,  # several children would share one processor
        "INFERENCE_PRECISION_HINT": precision,
    }
    core: Any = Core()
    request = core.compile_model(core.read_model(model), "CPU", settings).create_infer_request()

    def run(values: Floats) -> Floats:
        answer: Floats = request.infer([values])[0].copy()  # the request uses the memory again
        return answer

    return run
