"""The program of a child: reads pages from its connection until that is closed or the process is killed.

Started as ``python -I -m adapters.engines.child`` with a :class:`Startup` as its one argument. An unexpected error ends
the process, and the parent starts another one.
"""

import os
import socket
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, assert_never

from PIL import Image

from adapters.engines.confine import confine, die_with, processor_time
from adapters.engines.errors import EngineMissing
from adapters.engines.framing import ENDLESS, Closed, receive_descriptor, receive_frame, send_frame
from adapters.engines.protocol import (
    Hello,
    Limits,
    Request,
    Startup,
    Task,
    decode_request,
    decode_startup,
    encode,
    encode_answer,
    encode_header,
    encode_out_of_memory,
    encode_unavailable,
)
from adapters.engines.reader import Reader, create_reader
from adapters.engines.wall.build import build_wall
from adapters.file_source import FileSource
from adapters.imaging.ink import has_ink
from adapters.imaging.margins import with_margin
from adapters.imaging.pages import inspect_file
from adapters.imaging.reading import grey_page
from adapters.imaging.rendering import render_page
from ocrcore.domain.codes import ItemErrorCode, ItemWarning
from ocrcore.domain.errors import Refusal
from ocrcore.domain.layout import Layout
from ocrcore.ports.engine import EngineFailure, EngineUnavailable, Offer

Readers = Mapping[str, Reader]

#: Seconds of processor time to inspect a file.
_INSPECTION: Final = 2
#: Bytes for the longest text and its words, beside a grey page of the most pixels.
_LARGEST_OUTPUT: Final = 128 * 1024 * 1024


def main(argument: str) -> None:
    """Serve until the connection is closed."""
    startup = decode_startup(argument)
    die_with(startup.parent)
    confine(startup.limits.memory, file_size=startup.limits.max_pixels + _LARGEST_OUTPUT)
    warnings.simplefilter("ignore")  # a child's stderr is discarded
    Image.MAX_IMAGE_PIXELS = None  # ``max_pixels`` is the limit here
    wall = build_wall(Path.cwd(), map(Path, startup.readable)) if startup.walled else {}
    with socket.socket(fileno=startup.connection) as connection:
        _serve(connection, startup, wall)


def _serve(connection: socket.socket, startup: Startup, wall: Mapping[str, str]) -> None:
    readers, missing = _readers(startup.engines)
    offers = {name: Offer(reader.version, tuple(reader.languages)) for name, reader in readers.items()}
    send_frame(connection, encode(Hello(offers, missing, wall)), ENDLESS)
    while True:
        try:
            request = decode_request(receive_frame(connection, ENDLESS))
            descriptor = receive_descriptor(connection, ENDLESS)
        except Closed:
            return
        with FileSource(os.fdopen(descriptor, "rb", buffering=0)) as source:
            answer = _answer(readers, request, source, startup.limits)
        send_frame(connection, answer, ENDLESS)


def _readers(engines: Sequence[str]) -> tuple[Readers, Mapping[str, str]]:
    """Return the available engines, and a sentence for each missing one."""
    readers, missing = {}, {}
    for name in engines:
        try:
            readers[name] = create_reader(name)
        except EngineMissing as error:
            missing[name] = str(error)
    return readers, missing


def _answer(readers: Readers, request: Request, source: FileSource, limits: Limits) -> bytes:
    try:
        match request.task:
            case Task.RENDER:
                with processor_time(limits.decoding):
                    return render_page(source, request.page, limits.max_pixels)
            case Task.INSPECT:
                with processor_time(_INSPECTION):
                    return encode_header(inspect_file(source, limits.max_pixels))
            case Task.RECOGNISE:
                return encode_answer(_recognise(readers[request.options.engine], request, source, limits))
            case _ as never:  # pragma: no cover - excluded by the type checker
                assert_never(never)
    except EngineFailure as failure:
        return encode_answer(failure.code)
    except Refusal as refusal:
        return encode_answer(ItemErrorCode(refusal.code.value))
    except EngineUnavailable:
        return encode_unavailable()
    except MemoryError:
        return encode_out_of_memory()


def _recognise(reader: Reader, request: Request, source: FileSource, limits: Limits) -> Layout:
    if not set(request.options.languages) <= set(reader.languages):
        raise EngineFailure(ItemErrorCode.UNSUPPORTED_LANGUAGE)
    with processor_time(limits.decoding):
        page = grey_page(source, request.page, limits.max_pixels, request.options.dpi)
        framed = with_margin(page.picture)
    layout = reader.read(framed.page, request.options).without_margin(framed.margin)
    warnings = (ItemWarning.NO_WORDS,) if not layout.lines and has_ink(page.picture) else ()
    return replace(layout, warnings=warnings, dpi=page.dpi)


if __name__ == "__main__":
    main(sys.argv[1])
