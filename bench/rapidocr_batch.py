"""Recognise pictures with RapidOCR in WORKERS processes; run by the interpreter of ``.bench``.

Usage: rapidocr_batch.py WORKERS PICTURE ... ; prints a JSON list of texts.
"""

import json
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from typing import Any

import cv2
from rapidocr import RapidOCR

_ONE_THREAD = {
    "Global.log_level": "critical",
    "EngineConfig.onnxruntime.intra_op_num_threads": 1,
    "EngineConfig.onnxruntime.inter_op_num_threads": 1,
}


@cache
def _engine() -> Any:  # noqa: ANN401 - without types
    cv2.setNumThreads(1)
    return RapidOCR(params=_ONE_THREAD)


def _read(path: str) -> str:
    return "\n".join(_engine()(path).txts or ())


if __name__ == "__main__":
    workers, *paths = sys.argv[1:]
    with ProcessPoolExecutor(int(workers)) as pool:
        print(json.dumps(list(pool.map(_read, paths))))
