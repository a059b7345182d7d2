"""The JSON that announces files: what is in it may be long, and is read while every other request waits."""

import json

import pytest

from entrypoints.http.announcement import _file, _members
from entrypoints.http.problems import HttpProblem


def test_a_member_that_was_sent_twice_is_found_among_many_in_no_time() -> None:
    members = ",".join(f'"{number}":0' for number in [*range(300_000), 299_999])
    with pytest.raises(HttpProblem, match="'299999' was sent twice"):
        _members(f"{{{members}}}".encode())  # in quadratic time it would take minutes


def test_members_that_were_sent_once_are_taken() -> None:
    body = {"uploads": [{"filename": "a", "size": 1}], "name": "b"}
    assert _members(json.dumps(body).encode()) == body


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (5, "File 2 is not announced as it should be. The body"),
        ({"size": 1}, "File 2 has no filename."),
        ({"filename": "b.png"}, "File 2 (b.png) needs a size"),
        ({"filename": "b.png", "size": 11}, "File 2 (b.png) alone has more than the 10 bytes"),
        ({"filename": "\x1bb.png", "size": 1, "content_type": "x"}, "File 2 (b.png) has a content_type"),
        ({"filename": "b.png", "size": 1, "type": "x"}, "File 2 (b.png): There is no member 'type'"),
    ],
)
def test_a_file_is_told_by_its_place_from_1_and_its_name(file: object, sentence: str) -> None:
    with pytest.raises(HttpProblem) as refused:
        _file(1, file, 10)
    assert (str(refused.value)[: len(sentence)], refused.value.index) == (sentence, 1)
