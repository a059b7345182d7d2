"""The program of a child: reads pages from its connection until that is closed or the process is killed.

Started as ``python -I -m adapters.engines.child`` with a :class:`Startup` as its one argument. An unexpected error ends
the process, and the parent starts another one.
"""

import os
import socket
import sys
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Final, assert_never

from PIL import Image

from adapters.engines.confine import confine, die_with, processor_time
from adapters.engines.errors import EngineMissing
from adapters.engines.foreign import create_foreign
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
    encode_embedded,
    encode_header,
    encode_loaded,
    encode_out_of_memory,
    encode_same,
    encode_unavailable,
    encode_written,
)
from adapters.engines.reader import Reader, create_reader
from adapters.engines.recognition import recognise, recognise_again
from adapters.engines.seen_letters import SeenLetters
from adapters.engines.wall.build import build_wall
from adapters.file_source import FileSource
from adapters.full_disk import is_full_disk
from adapters.imaging.pages import inspect_file
from adapters.imaging.rendering import render_page
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import Refusal
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import ENGINES
from ocrcore.ports.engine import EngineFailure, EngineUnavailable

Readers = Mapping[str, Reader]

#: Seconds of processor time to inspect a file.
_INSPECTION: Final = 2
#: Seconds of processor time to write a PDF of many pages.
_WRITING: Final = 300


def main(argument: str) -> None:
    """Serve until the connection is closed."""
    startup = decode_startup(argument)
    die_with(startup.parent)
    confine(startup.limits.memory, file_size=startup.limits.max_pixels + startup.limits.written)
    warnings.simplefilter("ignore")  # a child's stderr is discarded
    Image.MAX_IMAGE_PIXELS = None  # ``max_pixels`` is the limit here
    tempfile.tempdir = str(Path.cwd())  # Python would look for one by writing, and find none on a full disk
    wall: Mapping[str, str] = {}
    if startup.walled:
        wall = build_wall(Path.cwd(), map(Path, startup.readable), programs=bool(startup.engines))
    with socket.socket(fileno=startup.connection) as connection:
        _serve(connection, startup, wall)


def _serve(connection: socket.socket, startup: Startup, wall: Mapping[str, str]) -> None:
    readers, missing = _readers(startup)
    seen = SeenLetters()
    offers = {name: _offer(reader) for name, reader in readers.items()}
    send_frame(connection, encode(Hello(offers, missing, wall)), ENDLESS)
    while True:
        try:
            request, count = decode_request(receive_frame(connection, ENDLESS))
            with ExitStack() as files:
                sources = [files.enter_context(_received(connection)) for _ in range(count)]
                answer = _answer(readers, seen, request, sources, startup.limits)
        except Closed:
            return
        send_frame(connection, answer, ENDLESS)


def _offer(reader: Reader) -> Offer:
    good = reader.reads_well
    return Offer(reader.version, tuple(reader.languages), None if good is None else tuple(good))


def _received(connection: socket.socket) -> FileSource:
    return FileSource(os.fdopen(receive_descriptor(connection, ENDLESS), "rb", buffering=0))


def _readers(startup: Startup) -> tuple[Readers, Mapping[str, str]]:
    """Return the available engines, and a sentence for each missing one."""
    readers, missing = {}, {}
    for name in startup.engines:
        try:
            reader: Reader = create_reader(name) if name in ENGINES else create_foreign(name)
            if name in startup.careful:
                reader.be_careful()
            if startup.examines:
                reader.examine()
            readers[name] = reader
        except EngineMissing as error:
            missing[name] = str(error)
    return readers, missing


def _answer(
    readers: Readers, seen: SeenLetters, request: Request, files: Sequence[FileSource], limits: Limits
) -> bytes:
    try:
        return _done(readers, seen, request, files, limits)
    except EngineFailure as failure:
        return encode_answer(failure.code)
    except Refusal as refusal:
        return encode_answer(ItemErrorCode(refusal.code.value))
    except EngineUnavailable:
        return encode_unavailable()
    except MemoryError:
        return encode_out_of_memory()
    except OSError as error:
        if is_full_disk(error):
            return encode_unavailable()
        raise


def _done(readers: Readers, seen: SeenLetters, request: Request, files: Sequence[FileSource], limits: Limits) -> bytes:
    """Return the answer to a request that can be fulfilled."""
    match request.task:
        case Task.LOAD | Task.WARM:
            return _load(readers, request)
        case Task.RENDER:
            with processor_time(limits.decoding):
                return render_page(files[0], request.page, limits.max_pixels, request.width)
        case Task.INSPECT:
            with processor_time(_INSPECTION):
                return encode_header(inspect_file(files[0], limits.max_pixels))
        case Task.RECOGNISE:
            return encode_answer(recognise(readers[request.options.engine], seen, request, files[0], limits))
        case Task.RECOGNISE_AGAIN:
            again = recognise_again(readers[request.options.engine], request, files[0], limits)
            return encode_same() if again is None else encode_answer(again)
        case Task.EMBED:
            with processor_time(limits.decoding):
                return _embed(request, files, limits)
        case Task.OVERLAY | Task.JOIN | Task.ARCHIVE:
            with processor_time(_WRITING):
                return _write_pdf(request, files)
        case _ as never:  # pragma: no cover - excluded by the type checker
            assert_never(never)


def _load(readers: Readers, request: Request) -> bytes:
    reader = readers.get(request.options.engine)
    if reader is None:  # it was there when the pool was opened
        raise EngineFailure(ItemErrorCode.OCR_CRASHED)
    return encode_loaded(reader.load(prepare=request.task is Task.WARM))


def _embed(request: Request, files: Sequence[FileSource], limits: Limits) -> bytes:
    from adapters.imaging.pdf.embedding import embed  # noqa: PLC0415 - most children write no PDF

    source, target = files
    with _output(target) as out:
        return encode_embedded(embed(source, request.page, limits.max_pixels, out))


def _write_pdf(request: Request, files: Sequence[FileSource]) -> bytes:
    from adapters.imaging.pdf.joining import archive, join  # noqa: PLC0415
    from adapters.imaging.pdf.overlay import lay_over  # noqa: PLC0415

    refusal = None
    with ExitStack() as opened, _output(files[-1]) as out:
        inputs = [opened.enter_context(source.opened()) for source in files[:-1]]
        match request.task:
            case Task.OVERLAY:
                lay_over(inputs[0], inputs[1], request.pages, out)
            case Task.JOIN:
                join(inputs, request.title, out)
            case _:
                refusal = archive(inputs[0], request.title, out)
    return encode_written(refusal)


def _output(target: FileSource) -> BinaryIO:
    return os.fdopen(os.dup(target.fileno()), "w+b")


if __name__ == "__main__":
    main(sys.argv[1])
