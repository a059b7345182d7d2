"""What a child is told: once when it is started, and for each page; and what it answers.

A page is read, or rendered; the answer is JSON but for the picture, which goes as it is.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.layout import Layout
from ocrcore.formats.layout_json import layout_from_dict, layout_to_dict
from ocrcore.ports.engine import EngineFault, Offer

#: How a picture that was rendered begins.
PNG: Final = b"\x89PNG\r\n\x1a\n"
#: What a child may say instead of a layout or a picture.
FAULTS: Final = frozenset(
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
class Orders:
    """What a child is told when it is started."""

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
class Greeting:
    """What a child says when it is ready."""

    #: The engines that it has.
    offers: Mapping[str, Offer] = field(default_factory=dict)
    #: Of each that it should have and has not, the sentence that says what to install.
    missing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """What stands before the bytes of a page that is to be read."""

    engine: str
    languages: tuple[str, ...]
    psm: int


@dataclass(frozen=True, slots=True)
class Rendering:
    """What stands before the bytes of a file of which a page is to be rendered."""

    page: int


def encode(words: Orders | Greeting | Request | Rendering) -> bytes:
    """Return the words as JSON."""
    return json.dumps(asdict(words)).encode()


def decode_orders(content: str) -> Orders:
    """Return what the parent wrote."""
    fields = json.loads(content)
    return Orders(**fields | {"engines": tuple(fields["engines"])})


def decode_request(content: bytes) -> Request | Rendering:
    """Return what the parent wrote."""
    fields = json.loads(content)
    if "page" in fields:
        return Rendering(fields["page"])
    return Request(fields["engine"], tuple(fields["languages"]), fields["psm"])


def decode_greeting(content: bytes) -> Greeting:
    """Return what a child said. Raises ``ValueError`` for anything else: a child is not trusted."""
    match _parse(content):
        case {"offers": dict(offers), "missing": dict(missing)}:
            return Greeting(
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
    _raise_fault(fields)
    if not isinstance(fields, dict) or fields.keys() != {"layout"}:
        msg = "no answer"
        raise ValueError(msg)
    return layout_from_dict(fields["layout"])


def decode_rendering(content: bytes) -> bytes:
    """Return the picture that a child drew. Raises as :func:`decode_answer` does."""
    if not content.startswith(PNG):
        _raise_fault(_parse(content))
        msg = "no picture"
        raise ValueError(msg)
    return content


def _raise_fault(fields: Any) -> None:  # noqa: ANN401 - JSON is anything until it is looked at
    if isinstance(fields, dict) and fields.keys() == {"fault"}:
        code = ItemErrorCode(fields["fault"])
        if code in FAULTS:
            raise EngineFault(code)


def _parse(content: bytes) -> Any:  # noqa: ANN401 - JSON is anything until it is looked at
    try:
        return json.loads(content)
    except RecursionError as error:
        raise ValueError(*error.args) from error
