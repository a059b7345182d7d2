import base64
import hashlib
import io
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.aws.streams import Rest, rest_of


class Pipe(BytesIO):
    """Can be read once only."""

    def seekable(self) -> bool:
        return False


def from_four(content: bytes) -> BytesIO:
    stream = BytesIO(b"head" + content)
    stream.seek(4)
    return stream


def test_the_start_is_where_the_stream_stood() -> None:
    rest = Rest(from_four(b"body"))
    assert (rest.tell(), rest.read(), rest.tell()) == (0, b"body", 4)
    assert rest.seek(0) == 0
    assert rest.read(2) == b"bo"


def test_the_end_and_the_present_are_counted_from_there_too() -> None:
    rest = Rest(from_four(b"body"))
    assert rest.seek(0, io.SEEK_END) == 4
    assert rest.seek(-3, io.SEEK_CUR) == 1
    assert rest.read() == b"ody"


def test_closing_it_leaves_the_stream_open() -> None:
    stream = from_four(b"body")
    Rest(stream).close()
    assert stream.read() == b"body"


@given(st.binary(), st.integers(0, 8))
def test_the_checksum_is_that_of_the_rest(content: bytes, start: int) -> None:
    stream = BytesIO(content)
    stream.seek(start)
    rest = Rest(stream)
    assert base64.b64decode(rest.sha256()) == hashlib.sha256(content[start:]).digest()
    assert rest.tell() == 0


@pytest.mark.parametrize("kind", [BytesIO, Pipe])
def test_any_stream_has_a_rest_that_can_be_read_twice(kind: type[BytesIO]) -> None:
    with rest_of(kind(b"body" * 500_000)) as rest:
        assert rest.read() == b"body" * 500_000
        rest.seek(0)
        assert rest.read(4) == b"body"
        assert rest.readable()
        assert rest.seekable()
