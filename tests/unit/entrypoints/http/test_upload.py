"""What the headers of an upload's parts cost."""

import pytest
from multipart import MultipartSegment, PushMultipartParser

from entrypoints.http.upload import _encoded_filename


def segment(disposition: bytes) -> MultipartSegment:
    body = b"--edge\r\nContent-Disposition: " + disposition + b"\r\n\r\n"
    (event,) = PushMultipartParser("edge", max_header_size=2 * len(body)).parse(body)
    assert isinstance(event, MultipartSegment)
    return event


@pytest.mark.parametrize("end", [b"", b"\\", b'"'])
def test_quoted_strings_are_skipped_in_linear_time(end: bytes) -> None:
    disposition = b'form-data; name="' + rb"\"" * 500_000 + end
    assert _encoded_filename(segment(disposition)) is None  # in quadratic time it would take hours
