import json

import pytest

from adapters.engines.errors import OutOfMemory
from adapters.engines.protocol import (
    FAILURES,
    PNG,
    Hello,
    Limits,
    Request,
    Startup,
    Task,
    decode_answer,
    decode_hello,
    decode_image,
    decode_request,
    decode_startup,
    decode_written,
    encode,
    encode_answer,
    encode_out_of_memory,
    encode_request,
    encode_written,
)
from ocrcore.domain.codes import ItemErrorCode
from ocrcore.domain.errors import NotPdfA
from ocrcore.domain.layout import Layout, Line, Word
from ocrcore.domain.offer import Offer
from ocrcore.domain.options import JobOptions
from ocrcore.ports.engine import EngineFailure

LAYOUT = Layout(9, 9, "tesseract 5", ("eng",), "A", (Line((1, 1, 8, 8), (Word("A", (1, 1, 8, 8), 90.5),)),))


def test_startup_and_requests_arrive() -> None:
    startup = Startup(("tesserocr", "tesseract"), 1, 3, Limits(decoding=7), readable=("/data",))
    assert decode_startup(encode(startup).decode()) == startup
    options = JobOptions(("eng", "por"), "tesseract", 6)
    for request in (Request(Task.RECOGNISE, 3, options), Request(Task.RENDER, 2)):
        assert decode_request(encode_request(request, 2)) == (request, 2)


def test_a_hello_arrives() -> None:
    good = Offer("ppocr v6", ("ces", "eng"), ("eng",))
    hello = Hello(
        {"tesseract": Offer("tesseract 5.3.0", ("eng", "por")), "ppocr": good}, {"ppocr": "It is not installed."}
    )
    assert decode_hello(encode(hello)) == hello


def test_a_layout_arrives() -> None:
    assert decode_answer(encode_answer(LAYOUT)) == LAYOUT


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_a_failure_arrives(code: ItemErrorCode) -> None:
    with pytest.raises(EngineFailure) as caught:
        decode_answer(encode_answer(code))
    assert caught.value.code is code


def test_a_lack_of_memory_arrives_as_a_page_that_is_too_large() -> None:
    for decode in (decode_answer, decode_image):
        with pytest.raises(OutOfMemory) as caught:
            decode(encode_out_of_memory())
        assert caught.value.code is ItemErrorCode.IMAGE_TOO_LARGE


def test_a_picture_arrives_as_it_is() -> None:
    assert decode_image(PNG + b"pixels") == PNG + b"pixels"


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_a_failure_arrives_instead_of_a_picture(code: ItemErrorCode) -> None:
    with pytest.raises(EngineFailure) as caught:
        decode_image(encode_answer(code))
    assert caught.value.code is code


GARBAGE = (b"", b"garbage", b"\xff\xfe", b"[]", b"{}", b"null", b"[" * 100_000)


@pytest.mark.parametrize(
    "content",
    [
        *GARBAGE,
        b'{"fault": "no such code"}',
        b'{"fault": "cancelled"}',
        b'{"fault": []}',
        b'{"layout": {}}',
        b'{"layout": {"width": 1}, "fault": "ocr-crashed"}',
        encode_answer(LAYOUT).replace(b"[1, 1, 8, 8]", b"[1, 1, 8, 10]"),
        encode_answer(LAYOUT).replace(b"90.5", b"NaN"),
    ],
)
def test_any_other_answer_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_answer(content)


@pytest.mark.parametrize("content", [*GARBAGE, b'{"fault": "cancelled"}', encode_answer(LAYOUT), b"GIF89a"])
def test_anything_else_is_no_picture(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_image(content)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("the font is not embedded.", "The result cannot be a PDF/A: the font is not embedded; ask for format=pdf."),
        ("key /Co\udca5nt\r\n\u202e", "The result cannot be a PDF/A: key /Cont; ask for format=pdf."),
        ("", "The result cannot be a PDF/A; ask for format=pdf."),
    ],
)
def test_why_a_pdf_cannot_be_archived_is_safe_to_show(reason: str, sentence: str) -> None:
    with pytest.raises(NotPdfA) as refused:
        decode_written(encode_written(reason))
    assert str(refused.value) == sentence
    decode_written(encode_written())


NO_OFFERS: tuple[object, ...] = (
    [],
    {"tesseract": None},
    {"tesseract": {"version": 1, "languages": []}},
    {"tesseract": {"version": "1", "languages": "eng"}},
)


@pytest.mark.parametrize(
    "content", [*GARBAGE, *(json.dumps({"offers": offers, "missing": {}}).encode() for offers in NO_OFFERS)]
)
def test_any_other_hello_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r".*"):
        decode_hello(content)
