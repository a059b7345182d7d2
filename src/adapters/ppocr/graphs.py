"""Changes of ONNX graphs that leave their answers as they are and make them cheaper."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnx
from onnx import numpy_helper

#: Below it a number is denormal: arithmetic with it takes a hundred times longer, for nothing that shows in an answer.
_LEAST_NORMAL: Final = float(np.finfo(np.float32).tiny)
_CHARACTERS: Final = "character"


def characters_of(content: bytes) -> str:
    """Return the characters that a model carries in its metadata, one a line."""
    model = onnx.load_from_string(content)
    characters: str = next(each.value for each in model.metadata_props if each.key == _CHARACTERS)
    return characters


def cut_model(content: bytes, kept: Sequence[int] = ()) -> bytes:
    """Return a model for one channel, without denormal weights, with answers for the letters ``kept`` only.

    The three channels of a grey picture are equal, so one with the sum of their weights gives the same. Of a softmax
    over fewer letters the greatest one is the same, if it is among them.
    """
    model = onnx.load_from_string(content)
    graph = model.graph
    weights = {each.name: each for each in graph.initializer}
    for each in weights.values():
        if each.data_type == onnx.TensorProto.FLOAT:
            _replace(each, _without_denormals(numpy_helper.to_array(each)))
    _make_grey(graph, weights)
    if kept:
        _keep(graph, weights, kept)
    cut: bytes = model.SerializeToString()
    return cut


def _without_denormals(values: Any) -> Any:  # noqa: ANN401 - arrays of an untyped library
    return np.where(np.abs(values) < _LEAST_NORMAL, np.float32(0), values)


def _make_grey(graph: Any, weights: dict[str, Any]) -> None:  # noqa: ANN401
    first = next(node for node in graph.node if node.op_type == "Conv")
    kernel = weights[first.input[1]]
    _replace(kernel, numpy_helper.to_array(kernel).sum(axis=1, keepdims=True))
    graph.input[0].type.tensor_type.shape.dim[1].dim_value = 1


def _keep(graph: Any, weights: dict[str, Any], kept: Sequence[int]) -> None:  # noqa: ANN401
    """Keep these columns of the last multiplication and addition."""
    for kind in ("MatMul", "Add"):
        node = next(node for node in reversed(graph.node) if node.op_type == kind)
        last = next(weights[name] for name in node.input if name in weights)
        _replace(last, numpy_helper.to_array(last)[..., list(kept)])
    del graph.output[0].type.tensor_type.shape.dim[:]


def _replace(weight: Any, values: Any) -> None:  # noqa: ANN401
    weight.CopyFrom(numpy_helper.from_array(np.ascontiguousarray(values), weight.name))
