"""Measure the memory of a child over many pages, which are cut out of pictures, no two alike.

Usage: growth.py READER PICTURES, a folder of pictures. The pages are read by the code of a child, under its limits and
in its environment, in this process, so that runtimes can be measured that ``ppocr`` would not choose here. Nothing is
recycled. Prints the resident memory after each hundred pages, and its growth since the first hundred.
"""

import argparse
import io
import os
import random
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import count, islice
from pathlib import Path
from typing import Final

from PIL import Image

from adapters.engines.confine import confine
from adapters.engines.protocol import Limits, Request, Task
from adapters.engines.reader import Reader, create_reader
from adapters.engines.recognition import recognise
from adapters.engines.seen_letters import SeenLetters
from adapters.file_source import FileSource
from adapters.ppocr import runtime_onnx, runtime_openvino
from adapters.ppocr.pipeline import Pipeline
from adapters.ppocr.runtime import Runtime
from adapters.ppocr.versions import version_of
from ocrcore.domain.options import JobOptions
from own_process import resident
from pages import labelled

#: The environment of a child, as far as it concerns memory and threads.
_CHILD: Final = dict.fromkeys(("OMP_THREAD_LIMIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MALLOC_ARENA_MAX"), "1")
_EVERY: Final = 100
#: The sides of a page, in pixels.
_SIDES: Final = (150, 500)


def main() -> int:
    """Print the table and the growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reader", choices=_READERS)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--pages", type=int, default=2000)
    options = parser.parse_args()
    if not _CHILD.items() <= os.environ.items():
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | _CHILD)  # noqa: S606 - itself
    grey = [Image.open(picture.path).convert("L") for picture in labelled(options.pictures)]
    confine(Limits().memory, 1 << 28)
    reader, seen = _READERS[options.reader](), SeenLetters()
    sizes = []
    print("| pages | resident |\n|---|---|")
    with tempfile.TemporaryFile() as file:
        for number, page in enumerate(islice(_pages(grey), options.pages), 1):
            file.seek(0)
            file.truncate()
            file.write(page)
            file.flush()
            recognise(reader, seen, Request(Task.RECOGNISE, options=JobOptions()), FileSource(file), Limits())
            if number % _EVERY == 0:
                sizes.append(resident())
                print(f"| {number} | {sizes[-1]:.1f} MiB |", flush=True)
    print(f"\n{reader.version}: {max(sizes) / sizes[0] - 1:+.1%} since the first {_EVERY} pages at most")
    return 0


def _pages(pictures: list[Image.Image]) -> Iterator[bytes]:
    """Yield pages of different sizes without end, the same every time."""
    rng = random.Random(1)  # noqa: S311 - not for secrets
    for number in count():
        picture = pictures[number % len(pictures)]
        width, height = (min(rng.randrange(*_SIDES), side) for side in picture.size)
        left, top = rng.randrange(picture.width - width + 1), rng.randrange(picture.height - height + 1)
        file = io.BytesIO()
        picture.crop((left, top, left + width, top + height)).save(file, "PNG", compress_level=1)
        yield file.getvalue()


def _ppocr_on(runtime: Runtime, name: str) -> Reader:
    """Return the reader of ``ppocr`` on a runtime, whatever it would choose here."""
    reader = create_reader("ppocr")
    reader._loaded, reader._version = Pipeline(runtime), version_of(name)  # type: ignore[attr-defined] # noqa: SLF001
    return reader


_READERS: Final[Mapping[str, Callable[[], Reader]]] = {
    "tesserocr": lambda: create_reader("tesserocr"),
    "onnxruntime": lambda: _ppocr_on(runtime_onnx.RUNTIME, "onnxruntime f32"),
    "openvino-f32": lambda: _ppocr_on(runtime_openvino.runtime("f32"), "openvino f32"),
    "openvino-bf16": lambda: _ppocr_on(runtime_openvino.runtime(), "openvino bf16"),
}


if __name__ == "__main__":
    sys.exit(main())
