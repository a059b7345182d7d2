"""The protocol between a pool and its children.

A child is started with a :class:`Startup` as its one argument, and sends a :class:`Hello` frame. Then, for each page,
the parent sends a frame with a :class:`Request` and the descriptors of its files, and the child answers with a frame: a
layout, a header, a picture's description or a failure as JSON, or a rendered page as PNG. What it writes goes into the
last of the files. :mod:`adapters.engines.framing` describes the frames.

A child reads hostile bytes, so the parent does not trust it: every frame of a child is validated field by field, and
after an invalid one the child is killed. The parent's frames are trusted.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from adapters.engines.errors import OutOfMemory
from adapters.pdf.picture import Coding, Colours, EmbeddedPicture
from ocrcore.domain.codes import ItemErrorCode, ItemWarning, JobWarning
from ocrcore.domain.errors import NotPdfA
from ocrcore.domain.layout import Layout
from ocrcore.domain.looks import Doubt
from ocrcore.domain.media import KIND_OF
from ocrcore.domain.normalisation import clean_name
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import JobOptions
from ocrcore.formats.layout_json import layout_from_dict, layout_to_dict
from ocrcore.ports.engine import EngineFailure, EngineUnavailable
from ocrcore.ports.imaging import Header

#: The signature of a rendered page.
PNG: Final = b"\x89PNG\r\n\x1a\n"
_UNAVAILABLE: Final = {"unavailable": True}
_SAME: Final = {"same": True}
_OUT_OF_MEMORY: Final = {"out_of_memory": True}
#: The codes of failures that a child may report.
FAILURES: Final = frozenset(
    {
        ItemErrorCode.UNSUPPORTED_IMAGE,
        ItemErrorCode.IMAGE_TRUNCATED,
        ItemErrorCode.IMAGE_CORRUPT,
        ItemErrorCode.IMAGE_TOO_LARGE,
        ItemErrorCode.PDF_ENCRYPTED,
        ItemErrorCode.PDF_DAMAGED,
        ItemErrorCode.NO_PAGES,
        ItemErrorCode.OCR_CRASHED,
        ItemErrorCode.UNSUPPORTED_LANGUAGE,
    }
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may take for a page."""

    max_pixels: int = 50_000_000
    #: Bytes of address space, for the child and for each program that it runs. For a page of the most pixels a decoder
    #: takes up to 0.8 GB and Tesseract 0.7 GB.
    memory: int = 2 << 30
    #: Seconds of processor time to decode it. One of the most pixels takes up to four.
    decoding: int = 20
    #: Bytes of a file that it writes, beside a grey page of the most pixels: the longest text and its words.
    written: int = 128 << 20


@dataclass(frozen=True, slots=True)
class Startup:
    """The command-line argument of a child."""

    #: Modules of this package that create a reader.
    engines: tuple[str, ...]
    #: The process id of the parent.
    parent: int
    #: The file descriptor of the connection.
    connection: int
    limits: Limits
    #: Whether the child walls itself in.
    walled: bool = True
    #: What it may read besides the system and its own program.
    readable: tuple[str, ...] = ()
    #: Whether it finds out before its hello that each engine's parts are whole; the first child of a pool does.
    examines: bool = False
    #: Engines that ended a child while they were loaded. They use what works on every processor.
    careful: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of a child: it is ready."""

    #: The available engines.
    offers: Mapping[str, Offer] = field(default_factory=dict)
    #: Engine that is missing -> a sentence about what to install.
    missing: Mapping[str, str] = field(default_factory=dict)
    #: Layer of the wall around it -> what the kernel gave.
    wall: Mapping[str, str] = field(default_factory=dict)


class Task(StrEnum):
    """A task for a child."""

    INSPECT = "inspect"
    RECOGNISE = "recognise"
    #: Read a page again of which the first reading left a doubt.
    RECOGNISE_AGAIN = "recognise-again"
    #: Load an engine, and find out whether it reads.
    LOAD = "load"
    #: The same, and prepare it for what pages usually have, so that no page has to wait for it.
    WARM = "warm"
    RENDER = "render"
    #: Write the picture of a page in the form that a PDF holds.
    EMBED = "embed"
    #: Write pages of a PDF with the pages of a text layer over them.
    OVERLAY = "overlay"
    #: Write a PDF of all pages of some.
    JOIN = "join"
    #: Write a PDF as PDF/A.
    ARCHIVE = "archive"


#: Tasks whose last file is written by the child. It only reads every other file.
WRITING: Final = frozenset({Task.EMBED, Task.OVERLAY, Task.JOIN, Task.ARCHIVE})


@dataclass(frozen=True, slots=True)
class Request:
    """The frame before the files: the task, and what it needs to know."""

    task: Task
    #: Counted from 1; for tasks on one page.
    page: int = 1
    #: For recognition, and to load an engine. ``options.engine`` is one of the child's offers.
    options: JobOptions = field(default_factory=JobOptions)
    #: For a text layer: the pages, counted from 1, in the order of the layer's.
    pages: tuple[int, ...] = ()
    #: For PDFs that are joined or archived.
    title: str = ""
    #: For a page that is read again.
    doubt: Doubt | None = None
    #: For a rendering: the most pixels across; None for the page's own.
    width: int | None = None


def encode(message: Startup | Hello) -> bytes:
    """Return a message as JSON."""
    return json.dumps(asdict(message)).encode()


def encode_request(request: Request, files: int) -> bytes:
    """Return a request, which so many files follow, as JSON."""
    fields = {
        "task": request.task,
        "page": request.page,
        "options": request.options.to_json(),
        "pages": request.pages,
        "title": request.title,
        "doubt": request.doubt,
        "width": request.width,
    }
    return json.dumps({"request": fields, "files": files}).encode()


def decode_startup(content: str) -> Startup:
    """Return the startup argument. It comes from the parent and is trusted."""
    fields = json.loads(content)
    given = {name: tuple(fields[name]) for name in ("engines", "readable", "careful")}
    return Startup(**fields | given | {"limits": Limits(**fields["limits"])})


def decode_request(content: bytes) -> tuple[Request, int]:
    """Return a request and the number of files that follow it. It comes from the parent and is trusted."""
    frame = json.loads(content)
    fields = frame["request"]
    options = JobOptions.from_json(fields["options"])
    doubt = None if fields["doubt"] is None else Doubt(fields["doubt"])
    own = options, tuple(fields["pages"]), fields["title"], doubt, fields["width"]
    return Request(Task(fields["task"]), fields["page"], *own), frame["files"]


def decode_hello(content: bytes) -> Hello:
    """Return the hello of a child. Raises ``ValueError`` for any other frame."""
    match _parse(content):
        case {"offers": dict(offers), "missing": dict(missing), "wall": dict(wall)}:
            return Hello(
                {str(name): _offer(offer) for name, offer in offers.items()},
                {str(name): str(sentence) for name, sentence in missing.items()},
                {str(layer): str(state) for layer, state in wall.items()},
            )
        case _:
            msg = "not a hello"
            raise ValueError(msg)


def _offer(fields: Any) -> Offer:  # noqa: ANN401 - unvalidated JSON
    match fields:
        case {"version": str(version), "languages": list(languages), "reads_well": None | list() as good}:
            return Offer(version, tuple(map(str, languages)), None if good is None else tuple(map(str, good)))
        case _:
            msg = "not an offer"
            raise ValueError(msg)


def encode_unavailable() -> bytes:
    """Return the answer of a child whose machine lacks something."""
    return json.dumps(_UNAVAILABLE).encode()


def encode_out_of_memory() -> bytes:
    """Return the answer of a child whose memory did not suffice for the page."""
    return json.dumps(_OUT_OF_MEMORY).encode()


def encode_answer(answer: Layout | ItemErrorCode) -> bytes:
    """Return a layout or a failure as JSON."""
    if isinstance(answer, ItemErrorCode):
        return json.dumps({"fault": answer}).encode()
    fields = {"layout": layout_to_dict(answer), "warnings": answer.warnings, "unread": answer.unread}
    return json.dumps(fields).encode()


def encode_loaded(version: str) -> bytes:
    """Return the answer of an engine that was loaded, with its name and version, as they are now."""
    return json.dumps({"version": version}).encode()


def decode_loaded(content: bytes) -> str:
    """Return the name and version of an engine that was loaded. Raises as :func:`decode_answer` does."""
    fields = _parse(content)
    _raise_failure(fields)
    match fields:
        case {"version": str(version), **rest} if not rest:
            return version
    msg = "not an engine that was loaded"
    raise ValueError(msg)


def encode_same() -> bytes:
    """Return the answer to a page that is not read again, because its reading would be the same."""
    return json.dumps(_SAME).encode()


def decode_second_answer(content: bytes) -> Layout | None:
    """Return the layout in a child's answer, or None if it did not read the page again.

    Raises as :func:`decode_answer` does.
    """
    return None if _parse(content) == _SAME else decode_answer(content)


def decode_answer(content: bytes) -> Layout:
    """Return the layout in a child's answer.

    Raises ``EngineFailure`` or ``EngineUnavailable`` for a failure that it reports, and ``ValueError`` for any other
    frame, and for a layout that is not whole.
    """
    fields = _parse(content)
    _raise_failure(fields)
    match fields:
        case {"layout": layout, "warnings": list(warnings), "unread": float(unread), **rest} if not rest:
            layout = replace(layout_from_dict(layout), warnings=tuple(map(ItemWarning, warnings)), unread=unread)
        case _:
            msg = "not an answer"
            raise ValueError(msg)
    if not layout.is_whole:
        msg = "a layout that is not whole"
        raise ValueError(msg)
    return layout


def encode_header(header: Header) -> bytes:
    """Return the header of a file as JSON."""
    return json.dumps({"extension": header.extension, "pages": header.pages, "warnings": header.warnings}).encode()


def decode_header(content: bytes) -> Header:
    """Return the header in a child's answer. Raises as :func:`decode_answer` does."""
    fields = _parse(content)
    _raise_failure(fields)
    match fields:
        case {"extension": str(extension), "pages": int(pages), "warnings": list(warnings), **rest} if not rest:
            if extension in KIND_OF and pages > 0:
                return Header(extension, pages, tuple(map(JobWarning, warnings)))
    msg = "not a header"
    raise ValueError(msg)


def encode_embedded(picture: EmbeddedPicture) -> bytes:
    """Return the description of a picture as JSON."""
    return json.dumps(asdict(picture)).encode()


def decode_embedded(content: bytes) -> EmbeddedPicture:
    """Return the description of a picture in a child's answer. Raises as :func:`decode_answer` does."""
    fields = _parse(content)
    _raise_failure(fields)
    match fields:
        case {
            "width": int(width),
            "height": int(height),
            "colours": str(colours),
            "bits": int(bits),
            "coding": str(coding),
            "orientation": int(orientation),
            "dpi": None | [int() | float(), int() | float()] as dpi,
        }:
            sound = width > 0 and height > 0 and bits in {1, 8, 16} and 1 <= orientation <= 8  # noqa: PLR2004
            if sound and (dpi is None or min(dpi) > 0):
                resolution = None if dpi is None else (float(dpi[0]), float(dpi[1]))
                kinds = Colours(colours), bits, Coding(coding)
                return EmbeddedPicture(width, height, *kinds, orientation, resolution)
    msg = "not the description of a picture"
    raise ValueError(msg)


def encode_written(refusal: str | None = None) -> bytes:
    """Return the answer to a PDF that was written, or the reason why it cannot be a PDF/A."""
    return json.dumps({"written": refusal is None, "reason": refusal or ""}).encode()


def decode_written(content: bytes) -> None:
    """Return if the PDF was written. Raises ``NotPdfA`` with the reason, and as :func:`decode_answer` does.

    The reason may repeat names in an uploaded file, so nothing stays of it that is not safe to show.
    """
    fields = _parse(content)
    _raise_failure(fields)
    match fields:
        case {"written": True}:
            return
        case {"written": False, "reason": str(reason)}:
            shown = clean_name(reason).rstrip(".")
            raise NotPdfA(f"The result cannot be a PDF/A: {shown}; ask for format=pdf." if shown else "")
    msg = "not an answer"
    raise ValueError(msg)


def decode_image(content: bytes) -> bytes:
    """Return the PNG in a child's answer. Raises as :func:`decode_answer` does."""
    if not content.startswith(PNG):
        _raise_failure(_parse(content))
        msg = "not a picture"
        raise ValueError(msg)
    return content


def _raise_failure(fields: Any) -> None:  # noqa: ANN401 - unvalidated JSON
    if fields == _UNAVAILABLE:
        raise EngineUnavailable
    if fields == _OUT_OF_MEMORY:
        raise OutOfMemory
    if isinstance(fields, dict) and fields.keys() == {"fault"}:
        code = ItemErrorCode(fields["fault"])
        if code in FAILURES:
            raise EngineFailure(code)


def _parse(content: bytes) -> Any:  # noqa: ANN401 - unvalidated JSON
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(*error.args) from error
