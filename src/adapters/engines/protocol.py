"""The protocol between a pool and its children.

A child is started with a :class:`Startup` as its one argument and answers with a :class:`Hello` frame. Then, for each
page, the parent sends two frames, a :class:`Request` and the bytes of the file, and the child answers with one: a
layout or a failure as JSON, or a rendered page as PNG. Frames are described in :mod:`adapters.engines.framing`.

A child reads hostile bytes, so its parent does not trust it: whatever it sends is checked field by field, and anything
unexpected costs it its life. The parent's frames are trusted.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Final

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.domain.options import JobOptions
from ocrcore.formats.layout_json import layout_from_dict, layout_to_dict
from ocrcore.ports.engine import EngineFailure, Offer

#: A rendered page begins with this.
PNG: Final = b"\x89PNG\r\n\x1a\n"
#: The codes that a child may answer with.
FAILURES: Final = frozenset(
    {
        ItemErrorCode.UNSUPPORTED_IMAGE,
        ItemErrorCode.MULTI_FRAME_IMAGE,
        ItemErrorCode.IMAGE_TRUNCATED,
        ItemErrorCode.IMAGE_CORRUPT,
        ItemErrorCode.IMAGE_TOO_LARGE,
        ItemErrorCode.OCR_CRASHED,
        ItemErrorCode.UNSUPPORTED_LANGUAGE,
    }
)


@dataclass(frozen=True, slots=True)
class Startup:
    """The argument of a child."""

    #: Modules of this package that create a reader.
    engines: tuple[str, ...]
    #: The process that starts it.
    parent: int
    #: The descriptor of its connection.
    connection: int
    max_pixels: int
    #: Bytes of address space, for it and for each program that it runs.
    memory: int


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame of a child: it is ready."""

    #: The engines that it has.
    offers: Mapping[str, Offer] = field(default_factory=dict)
    #: Engine that it lacks -> the sentence that says what to install.
    missing: Mapping[str, str] = field(default_factory=dict)


class Task(StrEnum):
    """What a child can do with a page."""

    RECOGNISE = "recognise"
    RENDER = "render"


@dataclass(frozen=True, slots=True)
class Request:
    """The frame before the bytes of a file: what to do with which of its pages."""

    task: Task
    #: From 1.
    page: int
    #: For recognition; ``options.engine`` is one of the child's offers.
    options: JobOptions = field(default_factory=JobOptions)


def encode(message: Startup | Hello) -> bytes:
    """Return a message as JSON."""
    return json.dumps(asdict(message)).encode()


def encode_request(request: Request) -> bytes:
    """Return a request as JSON."""
    return json.dumps({"task": request.task, "page": request.page, "options": request.options.to_json()}).encode()


def decode_startup(content: str) -> Startup:
    """Return the argument that the parent wrote."""
    fields = json.loads(content)
    return Startup(**fields | {"engines": tuple(fields["engines"])})


def decode_request(content: bytes) -> Request:
    """Return the request that the parent wrote."""
    fields = json.loads(content)
    return Request(Task(fields["task"]), fields["page"], JobOptions.from_json(fields["options"]))


def decode_hello(content: bytes) -> Hello:
    """Return what a child said. Raises ``ValueError`` for anything else: a child is not trusted."""
    match _parse(content):
        case {"offers": dict(offers), "missing": dict(missing)}:
            return Hello(
                {str(name): _offer(offer) for name, offer in offers.items()},
                {str(name): str(sentence) for name, sentence in missing.items()},
            )
        case _:
            msg = "no greeting"
            raise ValueError(msg)


def _offer(fields: Any) -> Offer:  # noqa: ANN401 - JSON is anything until it is looked at
    match fields:
        case {"version": str(version), "languages": list(languages)}:
            return Offer(version, tuple(str(language) for language in languages))
        case _:
            msg = "no offer"
            raise ValueError(msg)


def encode_answer(answer: Layout | ItemErrorCode) -> bytes:
    """Return the answer as JSON."""
    if isinstance(answer, ItemErrorCode):
        return json.dumps({"fault": answer}).encode()
    return json.dumps({"layout": layout_to_dict(answer)}).encode()


def decode_answer(content: bytes) -> Layout:
    """Return the layout that a child found.

    Raises ``EngineFault`` where it says so, and ``ValueError`` for anything else: a child is not trusted.
    """
    fields = _parse(content)
    _raise_failure(fields)
    if not isinstance(fields, dict) or fields.keys() != {"layout"}:
        msg = "no answer"
        raise ValueError(msg)
    return layout_from_dict(fields["layout"])


def decode_image(content: bytes) -> bytes:
    """Return the picture that a child drew. Raises as :func:`decode_answer` does."""
    if not content.startswith(PNG):
        _raise_failure(_parse(content))
        msg = "no picture"
        raise ValueError(msg)
    return content


def _raise_failure(fields: Any) -> None:  # noqa: ANN401 - JSON is anything until it is looked at
    if isinstance(fields, dict) and fields.keys() == {"fault"}:
        code = ItemErrorCode(fields["fault"])
        if code in FAILURES:
            raise EngineFailure(code)


def _parse(content: bytes) -> Any:  # noqa: ANN401 - JSON is anything until it is looked at
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(*error.args) from error
