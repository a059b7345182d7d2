"""The name of what reads a page, by the processor. Imports no library, because every child asks for it at its start."""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

_MODELS: Final = "ppocr v6 small/tiny"
#: A library and the precision of its arithmetic.
ONNX_RUNTIME: Final = "onnxruntime f32"
OPENVINO: Final = "openvino bf16"
_PROCESSOR: Final = Path("/proc/cpuinfo")
#: Multiplication of matrices of bfloat16 in hardware, as Linux calls it.
_AMX: Final = "amx_bf16"


def preferred_runtime() -> str:
    """Return the name of the fastest runtime for this processor that is installed."""
    return OPENVINO if has_amx() and find_spec("openvino") is not None else ONNX_RUNTIME


def has_amx(processor: Path = _PROCESSOR) -> bool:
    """Return whether this processor multiplies matrices of bfloat16 in hardware.

    Linux shows the same flags for every core, so the rest of what may be a long file is not read.
    """
    try:
        with processor.open(encoding="utf-8", errors="replace") as lines:
            return _AMX in next((line for line in lines if line.startswith("flags")), "").split()
    except OSError:
        return False


def version_of(runtime: str, note: str = "") -> str:
    """Return the version of the engine on a runtime, as results show it."""
    return ", ".join(filter(None, (_MODELS, runtime, note)))
