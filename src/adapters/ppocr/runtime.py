"""What runs a model: an array in, an array out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]
Run = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True)
class Runtime:
    """A library that runs models, and how it is used best."""

    #: Makes a model, given as ONNX, ready to run in the calling thread.
    load: Callable[[bytes], Run]
    #: Lines are padded to a multiple of this width, and so many of one width are read at once.
    width_step: int
    batch: int
    #: Whether a first reading by the tiny model saves time.
    with_tiny: bool
    #: The widths of lines for which it is prepared before a page comes, if it has to prepare itself for each.
    usual_widths: Sequence[int] = ()


def as_input(pixels: Pixels) -> Floats:
    """Return grey values from 0 to 255 as the models want them, from -1 to 1."""
    return np.asarray(pixels, np.float32) / np.float32(127.5) - np.float32(1)
